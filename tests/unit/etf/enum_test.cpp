#include <beamnode/etf/shape.hpp>

#include <doctest/doctest.h>

#include <map>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using etf::errc;

namespace {

enum class color { red, green, unnamed };
enum single : std::uint8_t { only = 7 };

}  // namespace

template <>
struct beamnode::etf::codec<color>
    : enum_codec<color, enumerator<"red", color::red>, enumerator<"green", color::green>> {};
template <> struct beamnode::etf::codec<single> : enum_codec<single, enumerator<"only", only>> {};

namespace {

template <class T> std::string refusal(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? "it was accepted" : value.error().message();
}

}  // namespace

TEST_CASE("an enumerator is its atom") {
  CHECK(to_hex(etf::encode(color::red)) == "837703726564");
  CHECK(etf::decode<color>("837705677265656e"_hex).value() == color::green);
  CHECK(etf::decode<single>("8377046f6e6c79"_hex).value() == only);
}

TEST_CASE("enums are keys and elements like others") {
  using counts = std::map<color, int>;
  const counts made{{color::red, 1}, {color::green, 2}};
  CHECK(etf::decode<counts>(etf::encode(made)).value() == made);
}

TEST_CASE("another atom is answered with the choices") {
  CHECK(refusal<color>("837704626c7565"_hex) ==
        "expected one of the atoms red, green, got the atom 'blue' (byte 1)");
  CHECK(refusal<color>("836107"_hex) ==
        "expected one of the atoms red, green, got the integer 7 (byte 1)");
  CHECK(refusal<single>("837704626c7565"_hex) ==
        "expected the atom 'only', got the atom 'blue' (byte 1)");
  CHECK(etf::decode<color>("837704626c7565"_hex).error().code() == errc::wrong_value);
  CHECK(etf::decode<color>("836107"_hex).error().code() == errc::wrong_type);
  CHECK(etf::decode<color>("837704626c75"_hex).error().code() == errc::truncated);
  CHECK(etf::decode<color>("83"_hex).error().code() == errc::truncated);
}

TEST_CASE("a value without an atom cannot be encoded") {
  CHECK_THROWS_AS(static_cast<void>(etf::encode(color::unnamed)), etf::bad_result<etf::error>);
}
