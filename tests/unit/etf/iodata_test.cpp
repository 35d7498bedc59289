#include <beamnode/etf/iodata.hpp>

#include <doctest/doctest.h>

#include <string>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using etf::errc;
using etf::iodata;

namespace {

std::string text(const byte_string& bytes) {
  const etf::result<iodata> value = etf::decode<iodata>(bytes);
  return value ? std::string(value->text()) : value.error().message();
}

}  // namespace

// Bytes in this file are what term_to_binary/1 of OTP 27 makes of the term beside them; its
// iolist_to_binary/1 agrees with every result.

TEST_CASE("iodata is the bytes of its parts in order") {
  CHECK(text("836a"_hex).empty());
  CHECK(text("836d000000026162"_hex) == "ab");                             // <<"ab">>
  CHECK(text("836b00026162"_hex) == "ab");                                 // "ab"
  CHECK(text("836c000000036d00000001616b000262636164 6a"_hex) == "abcd");  // [<<"a">>,"bc",$d]
  CHECK(text("836c0000000161616d0000000162"_hex) == "ab");                 // [$a|<<"b">>]
  CHECK(text("836c000000016c0000000161616d000000016261636a"_hex) != "abc");
  CHECK(text("836c000000026c0000000161616d000000016261636a"_hex) == "abc");  // [[$a|<<"b">>],$c]
  CHECK(text("836c000000026a6a6a"_hex).empty());                             // [[],[]]
  CHECK(to_hex(etf::encode(iodata{etf::byte_buffer("6162"_hex)})) == "836d000000026162");
}

TEST_CASE("what is no iodata is refused with a sentence") {
  CHECK(text("8377026f6b"_hex) ==
        "expected a byte, a binary or a list of them, got the atom 'ok' (byte 1)");
  CHECK(text("836161"_hex) ==
        "expected a byte, a binary or a list of them, got the integer 97 (byte 1)");
  CHECK(text("836c00000001620000010 06a"_hex) ==
        "at [0]: expected a byte, 0 to 255, got the integer 256 (byte 6)");
  CHECK(text("836c0000000162ffffffff6a"_hex) ==
        "at [0]: the integer does not fit the type asked for (byte 6)");
  CHECK(text("836c0000000161616162"_hex) ==  // [$a|$b]
        "expected a byte, a binary or a list of them, got the integer 98 (byte 8)");
  CHECK(text("834d0000000101 80"_hex) == "expected a binary, got a bit string (byte 1)");
}

TEST_CASE("iodata is read at any depth") {
  constexpr std::size_t levels = 1'000'000;
  byte_string bytes{131};
  for (std::size_t i = 0; i < levels; ++i) {
    bytes.insert(bytes.end(), {108, 0, 0, 0, 1});
  }
  bytes.push_back(97);
  bytes.push_back('x');
  for (std::size_t i = 0; i < levels; ++i) bytes.push_back(106);
  CHECK(text(bytes) == "x");
}

TEST_CASE("every cut of iodata is truncated") {
  const byte_string whole = "836c000000036d00000001616b0002626361646d0000000161"_hex;
  CHECK(text(whole) == "abcda");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const byte_string cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(etf::decode<iodata>(cut).error().code() == errc::truncated);
  }
}
