// expect: beamnode: the value would point into bytes that are gone: keep them in a variable
#include <beamnode/etf/codec.hpp>

#include <string_view>

int main() {
  using namespace beamnode::etf;
#ifdef BAD
  return static_cast<int>(decode<std::string_view>(encode("text")).value().size());
#else
  const byte_buffer bytes = encode("text");
  return static_cast<int>(decode<std::string_view>(bytes).value().size());
#endif
}
