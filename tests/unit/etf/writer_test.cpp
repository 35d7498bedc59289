#include <beamnode/etf/writer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/hex.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

// Bytes in this file are what term_to_binary/1 of OTP 29 makes of the same value, without its 131.

namespace {

template <class Write> std::string written(Write write) {
  byte_buffer out;
  writer w{out};
  write(w);
  CHECK(w.ok());
  return to_hex(out);
}

template <class Write> errc refusal(Write write) {
  byte_buffer out;
  writer w{out};
  write(w);
  CHECK(out.empty());
  return w.code();
}

std::string integer(std::int64_t value) {
  return written([=](writer& w) { w.write_integer(value); });
}
std::string unsigned_integer(std::uint64_t value) {
  return written([=](writer& w) { w.write_unsigned(value); });
}
std::string big(std::string_view magnitude, bool negative) {
  return written([=](writer& w) { w.write_big({from_hex(magnitude), negative}); });
}
std::string bits(std::string_view bytes, std::uint8_t last) {
  return written([=](writer& w) { w.write_bits({from_hex(bytes), last}); });
}
std::string atom_bytes(std::string_view text) {
  return written([=](writer& w) { w.write_atom(atom(text)); });
}
std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("integers take the smallest encoding at each border") {
  CHECK(integer(0) == "6100");
  CHECK(integer(1) == "6101");
  CHECK(integer(255) == "61ff");
  CHECK(integer(256) == "6200000100");
  CHECK(integer(-1) == "62ffffffff");
  CHECK(integer(-128) == "62ffffff80");
  CHECK(integer(-256) == "62ffffff00");
  CHECK(integer(2147483647) == "627fffffff");
  CHECK(integer(2147483648) == "6e040000000080");
  CHECK(integer(-2147483648) == "6280000000");
  CHECK(integer(-2147483649) == "6e040101000080");
  CHECK(integer(4294967295) == "6e0400ffffffff");
  CHECK(integer(4294967296) == "6e05000000000001");
  CHECK(integer(1099511627776) == "6e0600000000000001");
  CHECK(integer(-1099511627776) == "6e0601000000000001");
  CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "6e0800ffffffffffffff7f");
  CHECK(integer(std::numeric_limits<std::int64_t>::min()) == "6e08010000000000000080");
}

TEST_CASE("unsigned integers use all 64 bits") {
  CHECK(unsigned_integer(255) == "61ff");
  CHECK(unsigned_integer(2147483647) == "627fffffff");
  CHECK(unsigned_integer(2147483648) == "6e040000000080");
  CHECK(unsigned_integer(9223372036854775808U) == "6e08000000000000000080");
  CHECK(unsigned_integer(18446744073709551615U) == "6e0800ffffffffffffffff");
}

TEST_CASE("big integers are written normalised, small ones as the small integers they are") {
  CHECK(big("", false) == "6100");
  CHECK(big("", true) == "6100");
  CHECK(big("0000", true) == "6100");
  CHECK(big("05000000000000000000", false) == "6105");
  CHECK(big("05", true) == "62fffffffb");
  CHECK(big("ff00", false) == "61ff");
  CHECK(big("00000080", true) == "6280000000");
  CHECK(big("01000080", true) == "6e040101000080");
  CHECK(big("000000000000000001", false) == "6e0900000000000000000001");
  CHECK(big("000000000000000001", true) == "6e0901000000000000000001");
}

TEST_CASE("255 bytes of magnitude are a small big, 256 a large one") {
  CHECK(big(repeat("00", 254) + "80", false) == "6eff00" + repeat("00", 254) + "80");
  CHECK(big(repeat("00", 255) + "01", false) == "6f0000010000" + repeat("00", 255) + "01");
  CHECK(big(repeat("00", 255) + "01", true) == "6f0000010001" + repeat("00", 255) + "01");
}

TEST_CASE("an integer longer than any VM holds is refused") {
  const byte_string magnitude(reader::max_big_bytes + 1, 1);
  CHECK(refusal([&](writer& w) { w.write_big({magnitude, false}); }) == errc::too_large);
}

TEST_CASE("floats are written as their eight bytes") {
  const auto floating = [](double v) { return written([=](writer& w) { w.write_float(v); }); };
  CHECK(floating(1.5) == "463ff8000000000000");
  CHECK(floating(-0.0) == "468000000000000000");
  CHECK(floating(1.0e308) == "467fe1ccf385ebc8a0");
  CHECK(floating(5.0e-324) == "460000000000000001");
}

TEST_CASE("NaN and infinities are refused and nothing is written") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {std::nan(""), infinity, -infinity}) {
    CHECK(refusal([=](writer& w) { w.write_float(value); }) == errc::bad_float);
  }
}

TEST_CASE("atoms are UTF-8 with a length of one byte where that is enough") {
  CHECK(atom_bytes("ok") == "77026f6b");
  CHECK(atom_bytes("") == "7700");
  CHECK(atom_bytes("\xc3\xa9") == "7702c3a9");
  CHECK(atom_bytes(std::string(255, 'x')) == "77ff" + repeat("78", 255));
  CHECK(atom_bytes(repeat("\xc3\xa9", 127)) == "77fe" + repeat("c3a9", 127));
  CHECK(atom_bytes(repeat("\xc3\xa9", 128)) == "760100" + repeat("c3a9", 128));
}

TEST_CASE("pids, ports and references are written with four bytes of creation") {
  const atom node("a@b");
  CHECK(written([=](writer& w) {
          w.write_pid({node, 1, 2, 3});
        }) == "587703614062000000010000000200000003");
  CHECK(written([=](writer& w) {
          w.write_port({node, 3, 0x10000000});
        }) == "787703614062000000001000000000000003");
  CHECK(written([=](writer& w) {
          w.write_reference({node, 7, {1, 2, 3}, 3});
        }) == "5a0003770361406200000007000000010000000200000003");
  CHECK(written([=](writer& w) {
          w.write_reference({node, 7, {1, 2, 3, 4, 5}, 5});
        }) == "5a00057703614062000000070000000100000002000000030000000400000005");
}

TEST_CASE("a port with 28 bits is written as OTP 26 and later do, which OTP 24 reads too") {
  CHECK(written([](writer& w) {
          w.write_port({atom("a@b"), 3, 0x0fffffff});
        }) ==
        "7877036140620000"
        "00000fffffff00000003");
}

TEST_CASE("a reference with more words than there are is refused") {
  CHECK(refusal([](writer& w) {
          w.write_reference({atom("a@b"), 7, {}, 6});
        }) == errc::bad_identifier);
}

TEST_CASE("binaries") {
  CHECK(written([](writer& w) { w.write_binary({}); }) == "6d00000000");
  CHECK(written([](writer& w) { w.write_text("\x01\x02\x03"); }) == "6d00000003010203");
}

TEST_CASE("bit strings have zero padding whatever their last byte held") {
  CHECK(bits("80", 1) == "4d000000010180");
  CHECK(bits("ff", 1) == "4d000000010180");
  CHECK(bits("fff0", 4) == "4d0000000204fff0");
  CHECK(bits("ffff", 4) == "4d0000000204fff0");
  CHECK(bits("03", 7) == "4d000000010702");
  CHECK(bits("010203", 8) == "6d00000003010203");
  CHECK(bits("", 8) == "6d00000000");
}

TEST_CASE("impossible bit counts are refused") {
  const byte_string one{1};
  CHECK(refusal([&](writer& w) { w.write_bits({one, 0}); }) == errc::bad_bits);
  CHECK(refusal([&](writer& w) { w.write_bits({one, 9}); }) == errc::bad_bits);
  CHECK(refusal([&](writer& w) { w.write_bits({{}, 3}); }) == errc::bad_bits);
}

TEST_CASE("lists of bytes are strings up to 65535, then lists") {
  const auto list = [](std::size_t size) {
    return written([=](writer& w) { w.write_byte_list(byte_string(size, 7)); });
  };
  CHECK(list(0) == "6a");
  CHECK(list(1) == "6b000107");
  CHECK(list(65535) == "6bffff" + repeat("07", 65535));
  CHECK(list(65536) == "6c00010000" + repeat("6107", 65536) + "6a");
}

TEST_CASE("a string is refused where STRING_EXT cannot have its length") {
  CHECK(refusal([](writer& w) { CHECK(w.write_string(0).empty()); }) == errc::too_large);
  CHECK(refusal([](writer& w) { CHECK(w.write_string(65536).empty()); }) == errc::too_large);
}

TEST_CASE("headers of tuples, lists and maps") {
  const auto tuple = [](std::size_t n) { return written([=](writer& w) { w.write_tuple(n); }); };
  CHECK(tuple(0) == "6800");
  CHECK(tuple(255) == "68ff");
  CHECK(tuple(256) == "6900000100");
  CHECK(tuple(0xffffff) == "6900ffffff");
  CHECK(written([](writer& w) { w.write_list(0); }).empty());
  CHECK(written([](writer& w) { w.write_list(1); }) == "6c00000001");
  CHECK(written([](writer& w) { w.write_nil(); }) == "6a");
  CHECK(written([](writer& w) { w.write_map(0); }) == "7400000000");
  CHECK(written([](writer& w) { w.write_map(1); }) == "7400000001");
}

TEST_CASE("counts beyond the format's maximum are refused") {
  constexpr std::size_t beyond = std::size_t{1} << 32U;
  CHECK(refusal([](writer& w) { w.write_tuple(0x1000000); }) == errc::too_large);
  CHECK(refusal([](writer& w) { w.write_list(beyond); }) == errc::too_large);
  CHECK(refusal([](writer& w) { w.write_map(beyond); }) == errc::too_large);
}

TEST_CASE("after a failure nothing more is written and the first code stays") {
  byte_buffer out;
  writer w{out};
  w.write_integer(1);
  w.write_float(std::nan(""));
  const byte_string before = bytes_of(out.view());
  w.write_integer(2);
  w.write_integer(1000);
  w.write_big({"0102030405060708090a"_hex, false});
  w.write_float(1);
  w.write_atom(atom("a"));
  w.write_pid({});
  w.write_port({});
  w.write_reference({});
  w.write_text("text");
  w.write_bits({before, 3});
  w.write_byte_list(before);
  w.write_tuple(1);
  w.write_tuple(1000);
  w.write_list(1);
  w.write_nil();
  w.write_map(1);
  w.write_encoded(before);
  CHECK(w.write_string(1).empty());
  w.write_tuple(0x1000000);
  CHECK(to_hex(out) == to_hex(before));
  CHECK(w.code() == errc::bad_float);
}
