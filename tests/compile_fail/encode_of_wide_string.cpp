// expect: beamnode: this type has no codec
#include <beamnode/etf/codec.hpp>

#include <string>

int main() {
#ifdef BAD
  return static_cast<int>(beamnode::etf::encode(std::u16string(u"text")).size());
#else
  return static_cast<int>(beamnode::etf::encode(std::string("text")).size());
#endif
}
