#include <beamnode/etf/codec.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace beamnode::test;
using etf::errc;

// Bytes in this file are what term_to_binary/1 of OTP 29 makes of the term beside them.

namespace {

template <class T> std::string encoded(const T& value) { return to_hex(etf::encode(value)); }

template <class T> T decoded(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  CAPTURE(to_hex(bytes));
  CHECK((value ? "" : value.error().message()) == "");
  return value ? *value : T{};
}

template <class T> std::string refusal(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? "it was accepted" : value.error().message();
}

template <class T> errc code_of(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? errc::none : value.error().code();
}

/// Encodes to `hex` and decodes back from it.
template <class T> void check_both_ways(const T& value, std::string_view hex) {
  CHECK(encoded(value) == hex);
  CHECK(decoded<T>(from_hex(hex)) == value);
}

}  // namespace

TEST_CASE("booleans are the atoms true and false and nothing else") {
  check_both_ways(true, "83770474727565");
  check_both_ways(false, "83770566616c7365");
  CHECK(refusal<bool>("8377026f6b"_hex) == "expected true or false, got the atom 'ok' (byte 1)");
  CHECK(refusal<bool>("836101"_hex) == "expected true or false, got the integer 1 (byte 1)");
  CHECK(code_of<bool>("8377026f6b"_hex) == errc::wrong_value);
  CHECK(code_of<bool>("836101"_hex) == errc::wrong_type);
  CHECK(code_of<bool>("83770574727565"_hex) == errc::truncated);
}

TEST_CASE("atoms") {
  check_both_ways("ok"_atom, "8377026f6b");
  check_both_ways(etf::atom{}, "837700");
}

TEST_CASE("integers of every width, at their borders") {
  check_both_ways(std::int8_t{-128}, "8362ffffff80");
  check_both_ways(std::uint8_t{255}, "8361ff");
  check_both_ways(std::int16_t{-1}, "8362ffffffff");
  check_both_ways(std::numeric_limits<std::int64_t>::min(), "836e08010000000000000080");
  check_both_ways(std::numeric_limits<std::uint64_t>::max(), "836e0800ffffffffffffffff");
  check_both_ways(7LL, "836107");
}

TEST_CASE("an integer that the type cannot hold is out of range") {
  CHECK(refusal<std::int8_t>("836180"_hex) ==
        "expected an integer from -128 to 127, got the integer 128 (byte 1)");
  CHECK(refusal<std::uint64_t>("8362ffffffff"_hex) ==
        "the integer does not fit the type asked for (byte 1)");
  CHECK(code_of<std::int8_t>("8362ffffff7f"_hex) == errc::out_of_range);
  CHECK(code_of<std::uint8_t>("8362ffffffff"_hex) == errc::out_of_range);
  CHECK(code_of<std::uint8_t>("836200000100"_hex) == errc::out_of_range);
  CHECK(code_of<std::uint32_t>("836e050000000000 01"_hex) == errc::out_of_range);
  CHECK(code_of<std::int64_t>("836e08000000000000000080"_hex) == errc::out_of_range);
}

TEST_CASE("big integers hold what no other type can") {
  check_both_ways(etf::big_integer::parse("-18446744073709551616").value(),
                  "836e0901000000000000000001");
  check_both_ways(etf::big_integer{5}, "836105");
}

TEST_CASE("floats") {
  check_both_ways(1.5, "83463ff8000000000000");
  check_both_ways(1.5F, "83463ff8000000000000");
}

TEST_CASE("integers are accepted where a float is asked for") {
  CHECK(decoded<double>("836105"_hex) == 5.0);
  CHECK(decoded<double>("8362ffffffff"_hex) == -1.0);
  CHECK(decoded<double>("836e0900000000000000000001"_hex) == 0x1p64);
  CHECK(refusal<double>("8377026f6b"_hex) == "expected a float, got the atom 'ok' (byte 1)");
  byte_string huge = bytes_of("836f0000008100"_hex, byte_string(128), 1);
  CHECK(code_of<double>(huge) == errc::out_of_range);
}

TEST_CASE("a float beyond the range of float is refused") {
  CHECK(code_of<float>("83467fe1ccf385ebc8a0"_hex) == errc::out_of_range);
  CHECK(decoded<double>("83467fe1ccf385ebc8a0"_hex) == 1.0e308);
}

TEST_CASE("what has no encoding throws a sentence") {
  CHECK_THROWS_WITH_AS(static_cast<void>(etf::encode(std::nan(""))),
                       "this value cannot be encoded: the float is not a finite number",
                       etf::bad_result<etf::error>);
  CHECK_THROWS_AS(static_cast<void>(etf::encode(std::vector<double>{1, INFINITY})),
                  etf::bad_result<etf::error>);
  CHECK_THROWS_AS(static_cast<void>(etf::encode(etf::charlist{"\xff"})),
                  etf::bad_result<etf::error>);
}

TEST_CASE("texts of every kind are binaries") {
  check_both_ways(std::string("hi"), "836d000000026869");
  check_both_ways(std::string(), "836d00000000");
  CHECK(encoded("hi") == "836d000000026869");
  CHECK(encoded(std::string_view("hi")) == "836d000000026869");
  const char* text = "hi";
  CHECK(encoded(text) == "836d000000026869");
  char array[] = "hi";
  CHECK(encoded(array) == "836d000000026869");
  CHECK(refusal<std::string>("836b00026869"_hex) == "expected a binary, got a list (byte 1)");
}

TEST_CASE("a string_view decodes to a view into the input") {
  const byte_string bytes = "836d000000026869"_hex;
  const std::string_view view = etf::decode<std::string_view>(bytes).value();
  CHECK(view == "hi");
  CHECK(etf::as_bytes(view).data() == bytes.data() + 6);
}

TEST_CASE("bytes are binaries too") {
  check_both_ways(etf::byte_buffer("00ff"_hex), "836d0000000200ff");
  check_both_ways(std::vector<std::byte>{std::byte{0}, std::byte{255}}, "836d0000000200ff");
  check_both_ways(std::vector<std::byte>{}, "836d00000000");
}

TEST_CASE("spans of bytes are binaries, and decode to views into the input") {
  const byte_string bytes = "836d0000000200ff"_hex;
  CHECK(encoded(etf::bytes_view(bytes).subspan(6)) == "836d0000000200ff");
  const etf::bytes_view view = etf::decode<etf::bytes_view>(bytes).value();
  CHECK(view.data() == bytes.data() + 6);
  CHECK(view.size() == 2);
  const auto same = etf::decode<std::span<const std::byte>>(bytes).value();
  CHECK(same.data() == std::as_bytes(view).data());
  CHECK(encoded(same) == "836d0000000200ff");
  CHECK(etf::codec<std::vector<std::pair<int, etf::bytes_view>>>::borrows);
  CHECK(refusal<etf::bytes_view>("836b000100"_hex) == "expected a binary, got a list (byte 1)");
}

TEST_CASE("an owning pointer is what it points to, or nil") {
  CHECK(encoded(std::make_unique<int>(5)) == "836105");
  CHECK(encoded(std::unique_ptr<int>()) == "8377036e696c");
  CHECK(encoded(std::make_shared<std::string>("hi")) == "836d000000026869");
  CHECK(**etf::decode<std::unique_ptr<int>>("836105"_hex) == 5);
  CHECK(decoded<std::shared_ptr<int>>("8377036e696c"_hex) == nullptr);
  CHECK(refusal<std::unique_ptr<int>>("8377026f6b"_hex) ==
        "expected an integer, got the atom 'ok' (byte 1)");
}

TEST_CASE("charlists are lists of code points") {
  check_both_ways(etf::charlist{"hi"}, "836b00026869");
  check_both_ways(etf::charlist{""}, "836a");
  check_both_ways(etf::charlist{"h\xc3\xa9"}, "836b000268e9");
  check_both_ways(etf::charlist{"\xe2\x82\xac"}, "836c0000000162000020ac6a");
  check_both_ways(etf::charlist{"\xf0\x9f\x92\xa9"}, "836c00000001620001f4a96a");
  CHECK(decoded<etf::charlist>("836c00000001 6168 6b000169"_hex).text == "hi");
}

TEST_CASE("a list that is no text is no charlist") {
  CHECK(refusal<etf::charlist>("836c000000016200 00d8006a"_hex) ==
        "at [0]: the integer does not fit the type asked for (byte 6)");
  CHECK(code_of<etf::charlist>("836c0000000162001100006a"_hex) == errc::out_of_range);
  CHECK(code_of<etf::charlist>("836c0000000162ffffffff6a"_hex) == errc::out_of_range);
  CHECK(refusal<etf::charlist>("836c000000017701616a"_hex) ==
        "at [0]: expected an integer, got the atom 'a' (byte 6)");
  CHECK(code_of<etf::charlist>("836c0000000161616161"_hex) == errc::improper_list);
  CHECK(code_of<etf::charlist>("836d0000000161"_hex) == errc::wrong_type);
}

TEST_CASE("an absent value is nil") {
  check_both_ways(std::optional<int>{}, "8377036e696c");
  check_both_ways(std::optional<int>{5}, "836105");
  check_both_ways(std::monostate{}, "8377036e696c");
  CHECK(refusal<std::optional<int>>("8377026f6b"_hex) ==
        "expected an integer, got the atom 'ok' (byte 1)");
  CHECK(code_of<std::monostate>("8377026f6b"_hex) == errc::wrong_value);
}

TEST_CASE("sequences are lists; small integers in them are written as OTP does") {
  check_both_ways(std::vector<int>{}, "836a");
  check_both_ways(std::vector<int>{1, 2, 255}, "836b00030102ff");
  check_both_ways(std::vector<int>{256}, "836c0000000162000001006a");
  check_both_ways(std::vector<int>{1, -1}, "836c00000002610162ffffffff6a");
  check_both_ways(std::vector<std::uint8_t>{7}, "836b000107");
  check_both_ways(std::list<std::int64_t>{1, 2}, "836b00020102");
  check_both_ways(std::deque<std::string>{"a"}, "836c000000016d00000001616a");
  check_both_ways(std::vector<bool>{true}, "836c000000017704747275656a");
  check_both_ways(std::vector<std::vector<int>>{{1}, {}}, "836c000000026b0001016a6a");
  check_both_ways(std::set<int>{2, 1}, "836b00020102");
  check_both_ways(std::unordered_set<int>{300}, "836c00000001620000012c6a");
  check_both_ways(std::array<int, 2>{1, 300}, "836c000000026101620000012c6a");
  const std::vector<int> numbers{1, 2};
  CHECK(encoded(std::span<const int>(numbers)) == "836b00020102");
}

TEST_CASE("65535 small integers are a string, one more is a list") {
  CHECK(etf::encode(std::vector<int>(65535, 7)).size() == 4 + 65535);
  const std::vector<int> longer(65536, 7);
  CHECK(etf::encode(longer).size() == 1 + 5 + 2 * 65536 + 1);
  CHECK(etf::decode<std::vector<int>>(etf::encode(longer)).value() == longer);
}

TEST_CASE("lists of bytes decode to elements of any type that an integer fits") {
  const byte_string bytes = "836b00020102"_hex;
  CHECK(decoded<std::vector<double>>(bytes) == std::vector<double>{1, 2});
  CHECK(decoded<std::vector<std::optional<int>>>(bytes) == std::vector<std::optional<int>>{1, 2});
  CHECK(decoded<std::vector<etf::big_integer>>(bytes) == std::vector<etf::big_integer>{1, 2});
  CHECK(code_of<std::vector<std::string>>(bytes) == errc::wrong_type);
  CHECK(code_of<std::vector<std::int8_t>>("836b000280ff"_hex) == errc::out_of_range);
}

TEST_CASE("a list may be written in pieces") {
  const byte_string bytes = "836c000000016101 6c000000016102 6b000103"_hex;
  CHECK(decoded<std::vector<int>>(bytes) == std::vector<int>{1, 2, 3});
}

TEST_CASE("an improper list is no sequence, and an element of another type is named") {
  CHECK(refusal<std::vector<int>>("836c0000000161016102"_hex) ==
        "the list does not end with [] (byte 8)");
  CHECK(refusal<std::vector<int>>("836c00000002610177016 16a"_hex) ==
        "at [1]: expected an integer, got the atom 'a' (byte 8)");
  CHECK(refusal<std::vector<int>>("836800"_hex) == "expected a list, got a tuple (byte 1)");
}

TEST_CASE("an array takes lists of its length only") {
  CHECK(code_of<std::array<int, 2>>("836b000101"_hex) == errc::wrong_value);
  CHECK(refusal<std::array<int, 2>>("836b0003010203"_hex) ==
        "expected a list of 2 elements, got a list of 3 elements (byte 1)");
  CHECK(refusal<std::array<int, 1>>("836a"_hex) ==
        "expected a list of 1 element, got an empty list (byte 1)");
  CHECK(code_of<std::array<int, 2>>("836b0003010203"_hex) == errc::wrong_value);
  CHECK(code_of<std::array<int, 2>>("836a"_hex) == errc::wrong_value);
  check_both_ways(std::array<int, 0>{}, "836a");
}

TEST_CASE("tuples and pairs are tuples") {
  check_both_ways(std::tuple<>{}, "836800");
  check_both_ways(std::tuple{"ok"_atom, 1, std::string("x")}, "83680377026f6b61016d0000000178");
  check_both_ways(std::pair{1, 2}, "83680261016102");
  CHECK(code_of<std::tuple<int>>("83680261016102"_hex) == errc::wrong_arity);
  CHECK(code_of<std::tuple<>>("83680161 01"_hex) == errc::wrong_arity);
  CHECK(refusal<std::pair<int, int>>("836802610177 0161"_hex) ==
        "at .element(2): expected an integer, got the atom 'a' (byte 5)");
  CHECK(refusal<std::pair<int, int>>("836801 6101"_hex) ==
        "expected a tuple of 2 elements, got a tuple of 1 element (byte 1)");
}

TEST_CASE("maps are maps") {
  check_both_ways(std::map<std::string, int>{{"a", 1}}, "8374000000016d00000001616101");
  check_both_ways(std::unordered_map<etf::atom, int>{{"a"_atom, 1}}, "8374000000017701616101");
  check_both_ways(std::map<int, int>{}, "837400000000");
  CHECK(decoded<std::map<int, int>>("837400000002 6102 6101 6101 6102"_hex) ==
        std::map<int, int>{{1, 2}, {2, 1}});
}

TEST_CASE("a map with the same key twice is refused at the second one") {
  CHECK(refusal<std::map<int, int>>("837400000002 6101 6101 6101 6102"_hex) ==
        "at [key 1]: the map has the same key twice (byte 10)");
}

TEST_CASE("a variant is the first alternative that fits") {
  using number_or_text = std::variant<std::int8_t, std::int64_t, std::string>;
  check_both_ways(number_or_text{std::int8_t{5}}, "836105");
  check_both_ways(number_or_text{std::int64_t{300}}, "83620000012c");
  check_both_ways(number_or_text{std::string("x")}, "836d0000000178");
  using nested = std::variant<std::tuple<etf::literal<"a">, int>,
                              std::tuple<etf::literal<"b">, int>, std::vector<int>>;
  check_both_ways(nested{std::tuple{etf::literal<"b">{}, 2}}, "8368027701626102");
  check_both_ways(nested{std::vector{1}}, "836b000101");
  check_both_ways(std::vector<std::variant<int, std::string>>{1, std::string("x")},
                  "836c0000000261016d00000001786a");
}

TEST_CASE("where no alternative fits, the one that came furthest tells why") {
  using shapes = std::variant<int, std::tuple<etf::literal<"add">, int>, std::string>;
  CHECK(refusal<shapes>("836802770361646477 0178"_hex) ==
        "at .element(2): expected an integer, got the atom 'x' (byte 8)");
  CHECK(refusal<shapes>("8377026f6b"_hex) == "expected an integer, got the atom 'ok' (byte 1)");
  CHECK(code_of<shapes>({131}) == errc::truncated);
}

TEST_CASE("trying alternatives interns no atom of a tuple that does not fit") {
  using shapes = std::variant<std::tuple<etf::literal<"a">, etf::atom>, std::tuple<int, etf::atom>>;
  const std::size_t before = etf::atom::count();
  const byte_string bytes = bytes_of("836802 770162"_hex, 119, 16, "an_unheard_thing");
  CHECK(code_of<shapes>(bytes) != errc::none);
  CHECK(etf::atom::count() == before);
}

TEST_CASE("a literal is its atom and nothing else") {
  check_both_ways(etf::literal<"ok">{}, "8377026f6b");
  CHECK(code_of<etf::literal<"ok">>("837702 6f6c"_hex) == errc::wrong_value);
  CHECK(code_of<etf::literal<"ok">>("836101"_hex) == errc::wrong_type);
  CHECK(refusal<etf::literal<"ok">>("837702 6f6c"_hex) ==
        "expected the atom 'ok', got the atom 'ol' (byte 1)");
  CHECK(refusal<etf::literal<"ok">>("836101"_hex) ==
        "expected the atom 'ok', got the integer 1 (byte 1)");
}

TEST_CASE("pids, ports and references are themselves") {
  const etf::atom node("a@b");
  check_both_ways(etf::pid{node, 1, 2, 3}, "83587703614062000000010000000200000003");
  check_both_ways(etf::port{node, 3, 0x10000000}, "83787703614062000000001000000000000003");
  check_both_ways(etf::reference{node, 7, {1, 2, 3}, 3},
                  "835a0003770361406200000007000000010000000200000003");
}

TEST_CASE("tuple() holds copies, and C strings as strings") {
  std::string name = "n";
  const auto made = etf::tuple("get"_atom, 1, "text", name, 2.5);
  static_assert(std::is_same_v<decltype(made),
                               const std::tuple<etf::atom, int, std::string, std::string, double>>);
  name = "changed";
  CHECK(std::get<3>(made) == "n");
  CHECK(std::get<2>(made) == "text");
}

TEST_CASE("decode wants a version byte, one term, and nothing behind it") {
  CHECK(refusal<int>("6101"_hex) == "the first byte is not the version number 131 (byte 0)");
  CHECK(code_of<int>({}) == errc::truncated);
  CHECK(refusal<int>("83610161"_hex) == "more bytes follow the term (byte 3)");
  CHECK(code_of<int>("83836101"_hex) == errc::unknown_tag);
  CHECK(code_of<int>("83"_hex) == errc::truncated);
}

TEST_CASE("every cut of an encoded value is truncated") {
  using value = std::tuple<etf::atom, std::vector<std::string>, std::map<int, double>, etf::pid,
                           std::optional<etf::charlist>, etf::big_integer>;
  const etf::byte_buffer whole = etf::encode(value{
      "ok"_atom, {"a", "b"}, {{1, 2.5}}, {"a@b"_atom, 1, 2, 3}, etf::charlist{"hi"}, 1 << 20});
  CHECK(etf::decode<value>(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const byte_string cut(whole.data(), whole.data() + size);
    CHECK(code_of<value>(cut) == errc::truncated);
  }
}

TEST_CASE("compressed terms are inflated, except for views into them") {
  // term_to_binary(lists:duplicate(100, 120), [compressed]) on OTP 25.
  const byte_string packed = "835000000067789ccb6648a9a0030000929f2fb0"_hex;
  CHECK(decoded<std::vector<int>>(packed) == std::vector<int>(100, 120));
  CHECK(decoded<etf::charlist>(packed).text == std::string(100, 'x'));
  CHECK(code_of<std::string_view>(packed) == errc::refused_tag);
  CHECK(code_of<std::vector<std::optional<std::string_view>>>(packed) == errc::refused_tag);
  CHECK(code_of<int>(packed) == errc::wrong_type);
  CHECK(etf::decode<std::vector<int>>(packed, {.inflated = 50}).error().code() ==
        errc::inflated_too_large);
}
