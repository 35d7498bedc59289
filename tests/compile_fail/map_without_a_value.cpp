// expect: beamnode: map() takes keys and values in turn
#include <beamnode/etf/build.hpp>

int main() {
  using namespace beamnode::etf;
#ifdef BAD
  return static_cast<int>(map("key", 1, "other").size());
#else
  return static_cast<int>(map("key", 1).size());
#endif
}
