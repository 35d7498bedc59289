#include <doctest/doctest.h>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/term.hpp>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// What these bytes become after one round.
byte_string again(const byte_string& bytes) { return bare_bytes(bare(bytes)); }

}  // namespace

TEST_CASE("encode() puts the version byte first, write_to() does not") {
  const term t = bare("6801 6101"_hex);
  CHECK(to_hex(t.encode()) == "8368016101");
  CHECK(bare_bytes(t) == "6801 6101"_hex);
}

TEST_CASE("a list comes out as current OTP would write it, whatever it came as") {
  CHECK(again("6c00000002 6101 61ff 6a"_hex) == "6b0002 01ff"_hex);
  CHECK(again("6c00000002 6101 6200000100 6a"_hex) == "6c00000002 6101 6200000100 6a"_hex);
  CHECK(again("6c00000001 6101 6c00000001 770161 6a"_hex) == "6c00000002 6101 770161 6a"_hex);
  CHECK(again("6c00000001 770161 6b00020102"_hex) == "6c00000003 770161 6101 6102 6a"_hex);
  CHECK(again("6c00000001 6101 6b00020203"_hex) == "6b0003010203"_hex);
  CHECK(again("6c00000001 6101 770161"_hex) == "6c00000001 6101 770161"_hex);
  CHECK(again("6c00000001 6101 6c00000001 6102 770161"_hex) == "6c00000002 6101 6102 770161"_hex);
  CHECK(again("6b0000"_hex) == "6a"_hex);
}

TEST_CASE("65,535 bytes are a STRING_EXT, one more is a LIST_EXT") {
  const byte_string small = "6107"_hex;
  const byte_string string = bytes_of("6bffff"_hex, repeated(65535, "07"_hex));
  CHECK(again(string) == string);
  CHECK(again(bytes_of("6c0000ffff"_hex, repeated(65535, small), "6a"_hex)) == string);
  const byte_string list = bytes_of("6c00010000"_hex, repeated(65536, small), "6a"_hex);
  CHECK(again(list) == list);
  CHECK(again(bytes_of("6c00000001 6107"_hex, string)) == list);
}

TEST_CASE("legacy encodings come out as current ones") {
  CHECK(again("64000161"_hex) == "770161"_hex);
  CHECK(again("67 64000161 00000001 00000002 03"_hex) ==
        "58 770161 00000001 00000002 00000003"_hex);
  CHECK(again("65 730161 00000001 03"_hex) == "5a0001 770161 00000003 00000001"_hex);
  CHECK(again("6900000001 6a"_hex) == "6801 6a"_hex);
  CHECK(again("6f0000000900 000000000000000001"_hex) == "6e0900 000000000000000001"_hex);
  CHECK(again("6e0500 0000008000"_hex) == "6e0400 00000080"_hex);
}

TEST_CASE("a fun is written with the size it has, also inside another") {
  const auto fun = [](std::uint32_t size, const byte_string& variable) {
    return bytes_of("70"_hex, big(size),
                    "01 000102030405060708090a0b0c0d0e0f 00000002 00000001"_hex,
                    "770161 6103 6104 58770162 00000001 00000000 00000005"_hex, variable);
  };
  const byte_string inner = fun(54, "6101"_hex);
  CHECK(inner.size() == 55);
  CHECK(again(fun(0, "6101"_hex)) == inner);
  CHECK(again(fun(0xFFFF'FFFF, "6101"_hex)) == inner);
  CHECK(again(fun(0, fun(7, "6101"_hex))) == fun(52 + 55, inner));
  CHECK(again(bytes_of("6802"_hex, fun(0, "6a"_hex), "6a"_hex)) ==
        bytes_of("6802"_hex, fun(53, "6a"_hex), "6a"_hex));
}

TEST_CASE("large maps and tuples come out in the order they came in") {
  byte_string map = bytes_of("74"_hex, big(std::uint32_t{1000}));
  byte_string tuple = bytes_of("69"_hex, big(std::uint32_t{1000}));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const byte_string number = bytes_of("62"_hex, big((1000 - i) * 0x10'0001U));
    map = bytes_of(map, number, "6a"_hex);
    tuple = bytes_of(tuple, number);
  }
  CHECK(again(map) == map);
  CHECK(again(tuple) == tuple);
}

TEST_CASE("the deterministic form is that of term_to_binary(Term, [deterministic])") {
  // From OTP 29: #{b => 1, a => 2, 1.0 => x, 2 => y, <<"k">> => #{z => 1, [1] => 2, a => 3},
  // -0.0 => m, 0.0 => p, {1.0} => 1, {2} => 2}
  const byte_string whole =
      bytes_of("83 74 00000009"_hex, "6102 770179  468000000000000000 77016d"_hex,
               "460000000000000000 770170  463ff0000000000000 770178"_hex,
               "770161 6102  770162 6101  68016102 6102  6801463ff0000000000000 6101"_hex,
               "6d000000016b 7400000003 770161 6103 77017a 6101 6b000101 6102"_hex);
  const byte_string other_order =
      bytes_of("83 74 00000009"_hex, "6801463ff0000000000000 6101  68016102 6102"_hex,
               "463ff0000000000000 770178  460000000000000000 770170"_hex,
               "6d000000016b 7400000003 6b000101 6102 77017a 6101 770161 6103"_hex,
               "770162 6101  770161 6102  468000000000000000 77016d  6102 770179"_hex);
  const term t = term::decode(other_order).value();
  CHECK(to_hex(t.encode()) == to_hex(other_order));
  CHECK(to_hex(t.encode({.deterministic = true})) == to_hex(whole));
  CHECK(term::decode(t.encode({.deterministic = true})).value() == t);
}

TEST_CASE("compression is on demand, and only where it makes a term smaller") {
  // From OTP 29: term_to_binary(lists:duplicate(50, abc), [compressed])
  const byte_string packed = "835000000100789ccb616060302a674e4c4a1e91441600bc5c5249"_hex;
  const term t = term::decode(packed).value();
  CHECK(t.encode().size() == 257);
  CHECK(to_hex(t.encode({.compression = 6})) == to_hex(packed));
  CHECK(term::decode(t.encode({.compression = 1})).value() == t);
  CHECK(to_hex(term(atom("ok")).encode({.compression = 9})) == "8377026f6b");
  CHECK(to_hex(deflate("83"_hex)) == "83");
  CHECK(to_hex(deflate(t.encode(), 1000)) == to_hex(t.encode({.compression = 9})));
}
