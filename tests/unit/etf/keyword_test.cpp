#include <beamnode/etf/shape.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using etf::errc;

// Bytes in this file are what term_to_binary/1 of OTP 27 makes of the term beside them.

namespace {

struct options {
  int size = 0;
  std::optional<std::string> name;
  friend bool operator==(const options&, const options&) = default;
};
struct query {
  std::vector<options> parts;
};

}  // namespace

template <>
struct beamnode::etf::codec<options>
    : keyword_codec<options, field<"size", &options::size>, field<"name", &options::name>> {};
template <> struct beamnode::etf::codec<query> : map_codec<query, field<"parts", &query::parts>> {};

namespace {

const byte_string size_7 = "6802 770473697a65 6107"_hex;
const byte_string size_8 = "6802 770473697a65 6108"_hex;
const byte_string name_a = "6802 77046e616d65 6d0000000161"_hex;
const byte_string debug = "6802 77056465627567 6801 6a"_hex;

byte_string list_of(std::uint8_t count, const byte_string& elements) {
  return bytes_of("836c000000"_hex, count, elements, 106);
}
std::string refusal(const byte_string& bytes) {
  const etf::result<options> value = etf::decode<options>(bytes);
  return value ? "it was accepted" : value.error().message();
}

}  // namespace

TEST_CASE("a keyword list is a list of pairs") {
  const byte_string both = list_of(2, bytes_of(size_7, name_a));
  CHECK(to_hex(etf::encode(options{7, "a"})) == to_hex(both));
  CHECK(etf::decode<options>(both).value() == options{7, "a"});
}

TEST_CASE("an absent value is written as nil, and read from nil or nothing") {
  CHECK(to_hex(etf::encode(options{7, std::nullopt})) ==
        to_hex(list_of(2, bytes_of(size_7, "6802 77046e616d65 77036e696c"_hex))));
  CHECK(etf::decode<options>(etf::encode(options{7, std::nullopt})).value() ==
        options{7, std::nullopt});
  CHECK(etf::decode<options>(list_of(1, size_7)).value() == options{7, std::nullopt});
}

TEST_CASE("keys come in any order, others are passed over") {
  CHECK(etf::decode<options>(list_of(3, bytes_of(debug, name_a, size_7))).value() ==
        options{7, "a"});
}

TEST_CASE("the first of several values counts, as for Keyword.get/2") {
  CHECK(etf::decode<options>(list_of(2, bytes_of(size_7, size_8))).value().size == 7);
  CHECK(etf::decode<options>(list_of(2, bytes_of(size_8, size_7))).value().size == 8);
}

TEST_CASE("a keyword list may be written in pieces") {
  const byte_string bytes = bytes_of("836c00000001"_hex, size_7, "6c00000001"_hex, name_a, 106);
  CHECK(etf::decode<options>(bytes).value() == options{7, "a"});
}

TEST_CASE("what is no keyword list is refused with a sentence") {
  CHECK(refusal("836a"_hex) == "the key 'size' is missing (byte 1)");
  CHECK(refusal("836b000107"_hex) == "expected a keyword list, got a list (byte 1)");
  CHECK(refusal("837400000000"_hex) == "expected a list, got a map (byte 1)");
  CHECK(refusal(list_of(1, "770473697a65"_hex)) ==
        "at [0]: expected a tuple, got the atom 'size' (byte 6)");
  CHECK(refusal(list_of(1, "6801 6107"_hex)) ==
        "at [0]: expected a tuple of 2 elements, got a tuple of 1 element (byte 6)");
  CHECK(refusal(list_of(1, "6802 6d0000000161 6107"_hex)) ==
        "at [0].element(1): expected an atom, got a binary (byte 8)");
  CHECK(refusal(bytes_of("836c00000001"_hex, size_7, "6107"_hex)) ==
        "the list does not end with [] (byte 16)");
}

TEST_CASE("a value of another type is named by its key") {
  CHECK(refusal(list_of(2, bytes_of(name_a, "6802 770473697a65 77036e696c"_hex))) ==
        "at .size: expected an integer, got the atom 'nil' (byte 28)");
  const byte_string nested =
      bytes_of("837400000001 77057061727473 6c00000002"_hex, list_of(1, size_7), "6a 6a"_hex);
  byte_string bare = nested;
  bare.erase(bare.begin() + 18);  // the version byte of the inner list
  CHECK(etf::decode<query>(bare).error().message() ==
        "at .parts[1]: the key 'size' is missing (byte 34)");
  CHECK(etf::decode<query>(bare).error().path() == ".parts[1]");
}

TEST_CASE("every cut of a keyword list is truncated") {
  const byte_string whole = list_of(3, bytes_of(debug, name_a, size_7));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const byte_string cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(etf::decode<options>(cut).error().code() == errc::truncated);
  }
}
