// expect: beamnode: a pointer has no codec: encode what it points to
#include <beamnode/etf/codec.hpp>

int main() {
  const int number = 5;
#ifdef BAD
  return static_cast<int>(beamnode::etf::encode(&number).size());
#else
  return static_cast<int>(beamnode::etf::encode(number).size());
#endif
}
