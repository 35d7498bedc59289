// expect: beamnode: this enum has no codec: name its atoms with enum_codec
#include <beamnode/etf/codec.hpp>

enum class color { red, green };

template <class T> T chosen() {
  const auto whole = beamnode::etf::encode(1);
  return beamnode::etf::decode<T>(whole).value();
}

int main() {
#ifdef BAD
  return chosen<color>() == color::red ? 0 : 1;
#else
  return chosen<int>();
#endif
}
