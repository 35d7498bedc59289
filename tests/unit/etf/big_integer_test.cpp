#include <beamnode/etf/big_integer.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "support/hex.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

big_integer big(std::string_view text) { return big_integer::parse(text).value(); }

big_integer power_of_two(std::size_t exponent) {
  byte_string magnitude(exponent / 8 + 1);
  magnitude.back() = static_cast<std::uint8_t>(1U << (exponent % 8));
  return big_integer{big_view{magnitude, false}};
}

constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("big integers come from integers of every width and sign") {
  CHECK(big_integer{}.to_string() == "0");
  CHECK(big_integer{0}.is_zero());
  CHECK(big_integer{-1}.to_string() == "-1");
  CHECK(big_integer{std::int8_t{-128}}.to_string() == "-128");
  CHECK(big_integer{std::uint8_t{255}}.to_string() == "255");
  CHECK(big_integer{int64_min}.to_string() == "-9223372036854775808");
  CHECK(big_integer{int64_max}.to_string() == "9223372036854775807");
  CHECK(big_integer{uint64_max}.to_string() == "18446744073709551615");
}

TEST_CASE("a view with leading zeros or a negative zero is normalised") {
  CHECK(big_integer{big_view{"0000"_hex, true}} == big_integer{});
  CHECK_FALSE(big_integer{big_view{"00"_hex, true}}.is_negative());
  CHECK(big_integer{big_view{"05000000000000000000000000"_hex, true}} == big_integer{-5});
  CHECK(big_integer{big_view{{}, true}} == big_integer{});
  CHECK(big_integer{big_view{"000000000000000001"_hex, false}}.to_string() ==
        "18446744073709551616");
}

TEST_CASE("decimal text survives parsing and printing") {
  for (const std::string_view text :
       {"0", "7", "-7", "9999999999999999999", "10000000000000000000", "10000000000000000001",
        "-10000000000000000000000000000000000000000", "123456789012345678901234567890",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999",
        "340282366920938463463374607431768211456"}) {
    CHECK(big(text).to_string() == text);
  }
  CHECK(big("+5").to_string() == "5");
  CHECK(big("-0") == big_integer{});
  CHECK(big("000000000000000000000000000000000000000012").to_string() == "12");
}

TEST_CASE("powers of two print as they should") {
  CHECK(power_of_two(64).to_string() == "18446744073709551616");
  CHECK(power_of_two(128).to_string() == "340282366920938463463374607431768211456");
  CHECK(power_of_two(200).to_string() ==
        "1606938044258990275541962092341162602522202993782792835301376");
}

TEST_CASE("text that is no integer is refused") {
  for (const std::string_view text :
       {"", "-", "+", "--1", "1 ", " 1", "1.0", "1e5", "0x10", "1_0", "12345678901234567890123x"}) {
    CAPTURE(text);
    CHECK(big_integer::parse(text).error().code() == errc::wrong_value);
  }
  CHECK(big_integer::parse(std::string(big_integer::max_digits + 1, '9')).error().code() ==
        errc::too_large);
}

TEST_CASE("ten thousand digits survive parsing and printing") {
  std::string text = "-";
  for (int i = 0; i < 10'000; ++i) text += static_cast<char>('1' + i % 9);
  CHECK(big(text).to_string() == text);
}

TEST_CASE("a big integer becomes a small one only if it fits") {
  CHECK(big("9223372036854775807").to_int64() == int64_max);
  CHECK(big("9223372036854775808").to_int64() == std::nullopt);
  CHECK(big("-9223372036854775808").to_int64() == int64_min);
  CHECK(big("-9223372036854775809").to_int64() == std::nullopt);
  CHECK(big("18446744073709551615").to_uint64() == uint64_max);
  CHECK(big("18446744073709551616").to_uint64() == std::nullopt);
  CHECK(big("18446744073709551616").to_int64() == std::nullopt);
  CHECK(big("-1").to_uint64() == std::nullopt);
  CHECK(big_integer{}.to_int64() == 0);
  CHECK(big_integer{}.to_uint64() == 0U);
}

TEST_CASE("doubles are the nearest ones, ties to even") {
  CHECK(big_integer{}.to_double() == 0);
  CHECK(big("-3").to_double() == -3);
  CHECK(big("9007199254740993").to_double() == 9007199254740992.0);
  CHECK(big("9007199254740995").to_double() == 9007199254740996.0);
  CHECK(power_of_two(64).to_double() == 0x1p64);
  CHECK(power_of_two(1000).to_double() == 0x1p1000);
  // Exactly between two doubles, and just above: a low bit far away decides.
  const big_integer tie = power_of_two(200) + power_of_two(147);
  CHECK(tie.to_double() == 0x1p200);
  CHECK((tie + 1).to_double() == std::nextafter(0x1p200, INFINITY));
  CHECK((-(tie + 1)).to_double() == -std::nextafter(0x1p200, INFINITY));
  CHECK((tie - 1).to_double() == 0x1p200);
}

TEST_CASE("beyond the largest double is infinity") {
  const big_integer limit = power_of_two(1024);
  CHECK(std::isinf(limit.to_double()));
  CHECK((-limit).to_double() == -INFINITY);
  CHECK((limit - power_of_two(970)).to_double() == INFINITY);
  CHECK((limit - power_of_two(970) - 1).to_double() == std::numeric_limits<double>::max());
  CHECK(std::isinf(power_of_two(100'000'0).to_double()));
}

TEST_CASE("sums and differences carry and borrow across limbs") {
  const big_integer limb = power_of_two(64);
  CHECK(limb - 1 == big_integer{uint64_max});
  CHECK(big_integer{uint64_max} + 1 == limb);
  CHECK(power_of_two(192) - 1 + 1 == power_of_two(192));
  CHECK((power_of_two(192) - 1).to_string() ==
        "6277101735386680763835789423207666416102355444464034512895");
  CHECK(limb - limb == big_integer{});
  CHECK_FALSE((limb - limb).is_negative());
  CHECK(big_integer{5} - 7 == -2);
  CHECK(big_integer{-5} - 7 == -12);
  CHECK(big_integer{-5} + 7 == 2);
  CHECK(big_integer{5} + -7 == -2);
  CHECK(-big_integer{} == big_integer{});
  CHECK((big_integer{1} - limb).to_string() == "-18446744073709551615");
}

TEST_CASE("sums agree with 64-bit arithmetic wherever that is exact") {
  for (std::int64_t a = -300; a <= 300; a += 7) {
    for (std::int64_t b = -300; b <= 300; b += 11) {
      REQUIRE(big_integer{a} + big_integer{b} == big_integer{a + b});
      REQUIRE(big_integer{a} - big_integer{b} == big_integer{a - b});
      REQUIRE((big_integer{a} <=> big_integer{b}) == (a <=> b));
    }
  }
}

TEST_CASE("big integers are ordered by value") {
  CHECK(big("-18446744073709551617") < big("-18446744073709551616"));
  CHECK(big("-18446744073709551616") < big("-1"));
  CHECK(big("-1") < big("0"));
  CHECK(big("0") < big("18446744073709551615"));
  CHECK(big("18446744073709551615") < big("18446744073709551616"));
  CHECK(big("36893488147419103232") > big("18446744073709551617"));
}

TEST_CASE("equal big integers have equal hashes, their negations others") {
  const std::hash<big_integer> hash;
  CHECK(hash(big("18446744073709551616")) == hash(power_of_two(64)));
  CHECK(hash(big("5")) != hash(big("-5")));
}

TEST_CASE("big integers are written in the smallest encoding and read back") {
  // Bytes: term_to_binary/1 of OTP 29.
  const std::pair<std::string_view, std::string_view> known[]{
      {"0", "6100"},
      {"255", "61ff"},
      {"-1", "62ffffffff"},
      {"-2147483648", "6280000000"},
      {"2147483648", "6e040000000080"},
      {"9223372036854775808", "6e08000000000000000080"},
      {"18446744073709551616", "6e0900000000000000000001"},
      {"-18446744073709551616", "6e0901000000000000000001"}};
  for (const auto& [text, hex] : known) {
    byte_buffer out;
    writer w{out};
    big(text).write_to(w);
    CHECK(to_hex(out) == hex);
    reader r{out};
    CHECK(big_integer::read_from(r).to_string() == text);
    CHECK(r.at_end());
  }
}

TEST_CASE("reading no integer gives zero and a failed reader") {
  const byte_string bytes = "6a"_hex;
  reader r{bytes};
  CHECK(big_integer::read_from(r).is_zero());
  CHECK(r.failure().message() == "expected an integer, got an empty list (byte 0)");
}
