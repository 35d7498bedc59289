#include <beamnode/etf/codec.hpp>

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using etf::errc;

namespace {

template <class T> errc code_of(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? errc::none : value.error().code();
}

}  // namespace

TEST_CASE("new atoms are limited") {
  const byte_string bytes =
      bytes_of("836c00000002"_hex, 119, 10, "brand_new1", 119, 10, "brand_new2", 106);
  CHECK(etf::decode<std::vector<etf::atom>>(bytes, {.new_atoms = 1}).error().code() ==
        errc::too_many_atoms);
  CHECK(etf::decode<std::vector<etf::atom>>(bytes, {.new_atoms = 2}).has_value());
}

TEST_CASE("hostile counts reserve nothing") {
  CHECK(code_of<std::vector<std::array<double, 1000>>>("836cffffffff6a"_hex) == errc::truncated);
  // The count is true, but room for all elements at once would be 80 GB.
  const byte_string bytes = bytes_of("836c00989680"_hex, byte_string(10'000'001, 106));
  CHECK(code_of<std::vector<std::array<double, 1000>>>(bytes) == errc::wrong_value);
  CHECK(code_of<std::map<int, int>>("8374ffffffff6a"_hex) == errc::truncated);
}

namespace {
struct tree {
  std::vector<tree> branches;
};
}  // namespace
template <> struct beamnode::etf::codec<tree> {
  static void encode(writer& w, const tree& value) {
    codec<std::vector<tree>>::encode(w, value.branches);
  }
  static tree decode(reader& r) { return {codec<std::vector<tree>>::decode(r)}; }
};

TEST_CASE("a type that contains itself is read to a bounded depth") {
  const auto nested = [](std::size_t levels) {
    byte_string bytes{131};
    for (std::size_t i = 0; i < levels; ++i) bytes = bytes_of(bytes, "6c00000001"_hex);
    return bytes_of(bytes, byte_string(levels + 1, 106));
  };
  CHECK(code_of<tree>(nested(500)) == errc::none);
  CHECK(code_of<tree>(nested(100'00)) == errc::too_deep);
}
