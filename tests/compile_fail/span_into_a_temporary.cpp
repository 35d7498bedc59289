// expect: beamnode: the value would point into bytes that are gone: keep them in a variable
#include <beamnode/etf/codec.hpp>

#include <span>

int main() {
  using namespace beamnode::etf;
#ifdef BAD
  return static_cast<int>(decode<bytes_view>(encode("text")).value().size());
#else
  const byte_buffer bytes = encode("text");
  return static_cast<int>(decode<bytes_view>(bytes).value().size());
#endif
}
