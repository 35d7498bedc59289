#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/term.hpp>

#include <doctest/doctest.h>

#include <optional>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using etf::errc;

namespace {

struct rec {
  int a = 0;
  int b_c = 0;
  friend bool operator==(const rec&, const rec&) = default;
};
struct partial {
  int a = 0;
  std::optional<int> missing;
};
struct demanding {
  int z = 0;
};
struct none {};

}  // namespace

template <>
struct beamnode::etf::codec<rec>
    : native_record_codec<rec, "mod", "rec", field<"a", &rec::a>, field<"b c", &rec::b_c>> {};
template <>
struct beamnode::etf::codec<partial>
    : native_record_codec<partial, "mod", "rec", field<"missing", &partial::missing>,
                          field<"a", &partial::a>> {};
template <>
struct beamnode::etf::codec<demanding>
    : native_record_codec<demanding, "mod", "rec", field<"z", &demanding::z>> {};
template <> struct beamnode::etf::codec<none> : native_record_codec<none, "mod", "rec"> {};

namespace {

// Two lines of tests/vectors/otp29.txt.
const byte_string exported = "8343000000020177036d6f647703726563770161770362206361016102"_hex;
const byte_string empty = "8343000000000077036d6f647703726563"_hex;

template <class T> std::string refusal(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? "it was accepted" : value.error().message();
}

}  // namespace

TEST_CASE("a native record is written as an exported one") {
  CHECK(to_hex(etf::encode(rec{1, 2})) == to_hex(exported));
  CHECK(etf::term::from(rec{1, 2}).to_string() == "#mod:rec{a = 1,'b c' = 2}");
  byte_string exported_empty = empty;
  exported_empty[6] = 1;
  CHECK(to_hex(etf::encode(none{})) == to_hex(exported_empty));
}

TEST_CASE("fields are read by their names, whether the record is exported or not") {
  CHECK(etf::decode<rec>(exported).value() == rec{1, 2});
  byte_string hidden = exported;
  hidden[6] = 0;
  CHECK(etf::decode<rec>(hidden).value() == rec{1, 2});
  CHECK(etf::decode<rec>("83 43 00000002 00 77036d6f64 7703726563 770362 2063 770161 6102 6101"_hex)
            .value() == rec{1, 2});
}

TEST_CASE("fields of no member are passed over, optional ones may be absent") {
  const partial value = etf::decode<partial>(exported).value();
  CHECK(value.a == 1);
  CHECK_FALSE(value.missing.has_value());
  CHECK(etf::decode<none>(exported).has_value());
  CHECK(etf::decode<none>(empty).has_value());
}

TEST_CASE("another record is refused with a sentence") {
  CHECK(refusal<demanding>(exported) == "the key 'z' is missing (byte 1)");
  CHECK(refusal<rec>(empty) == "the key 'a' is missing (byte 1)");
  CHECK(refusal<rec>("83 43 00000000 00 77016d 7703726563"_hex) ==
        "expected the atom 'mod', got the atom 'm' (byte 7)");
  CHECK(refusal<rec>("83 43 00000000 00 77036d6f64 770172"_hex) ==
        "expected the atom 'rec', got the atom 'r' (byte 12)");
  CHECK(refusal<rec>("83 43 00000000 02 77036d6f64 770172"_hex) ==
        "the record is malformed (byte 1)");
  CHECK(refusal<rec>("83 43 00000002 01 77036d6f64 7703726563 770161 77036220 63 6101 6a"_hex) ==
        "at ['b c']: expected an integer, got an empty list (byte 27)");
  CHECK(refusal<rec>("836a"_hex) == "expected a record, got an empty list (byte 1)");
}

TEST_CASE("a field that is there twice is refused") {
  const etf::result<rec> value =
      etf::decode<rec>("83 43 00000002 01 77036d6f64 7703726563 770161 770161 6101 6102"_hex);
  CHECK(value.error().code() == errc::duplicate_key);
}

TEST_CASE("every cut of a record is truncated, and its counts reserve nothing") {
  for (std::size_t size = 0; size < exported.size(); ++size) {
    const byte_string cut(exported.begin(), exported.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(etf::decode<rec>(cut).error().code() == errc::truncated);
  }
  byte_string hostile = exported;
  hostile[2] = hostile[3] = hostile[4] = hostile[5] = 0xff;
  CHECK(etf::decode<rec>(hostile).error().code() == errc::truncated);
}
