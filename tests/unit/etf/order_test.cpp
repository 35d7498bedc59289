#include <doctest/doctest.h>
#include <beamnode/etf/order.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

void check_less(const term& a, const term& b) {
  INFO(a.to_string(), " and ", b.to_string());
  CHECK(std::is_lt(compare(a, b)));
  CHECK(std::is_gt(compare(b, a)));
  CHECK(std::is_lt(a <=> b));
  CHECK(std::is_gt(b <=> a));
}

/// `==` in Erlang, but not `=:=`.
void check_tie(const term& a, const term& b) {
  INFO(a.to_string(), " and ", b.to_string());
  CHECK(std::is_eq(compare(a, b)));
  CHECK(std::is_lt(a <=> b));
  CHECK(std::is_gt(b <=> a));
  CHECK_FALSE(a == b);
}

template <class T> term number(T value) { return term::from(value); }

/// 2^(8 * bytes - 1) + low, negative or not.
term large(std::uint32_t bytes, std::uint8_t low = 0, bool negative = false) {
  byte_string magnitude(bytes);
  magnitude.front() = low;
  magnitude.back() |= 0x80;
  return bare("6f"_hex, big(bytes), std::string(1, negative ? '\1' : '\0'), magnitude);
}

}  // namespace

TEST_CASE("values of different types are in Erlang's order of types") {
  const std::vector<term> ascending{
      number(1),
      bare("770161"_hex),
      bare("5a 0001 770161 00000001 00000001"_hex),
      bare("71 770161 770162 6101"_hex),
      bare("59 770161 00000001 00000001"_hex),
      bare("58 770161 00000001 00000000 00000001"_hex),
      bare("6800"_hex),
      bare("43 00000000 00 770161 770162"_hex),
      bare("7400000000"_hex),
      bare("6a"_hex),
      bare("6b000101"_hex),
      bare("6d00000000"_hex),
  };
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    CHECK(std::is_eq(ascending[i] <=> ascending[i]));
    for (std::size_t j = i + 1; j < ascending.size(); ++j) check_less(ascending[i], ascending[j]);
  }
}

TEST_CASE("integers and floats are compared by value, without rounding") {
  constexpr std::int64_t exact = std::int64_t{1} << 53U;
  check_less(number(exact), number(exact + 1));
  check_tie(number(exact), number(9007199254740992.0));
  check_less(number(9007199254740992.0), number(exact + 1));
  check_less(number(exact - 1), number(9007199254740992.0));
  check_less(number(1), number(1.5));
  check_less(number(-1.5), number(-1));
  check_less(number(0), number(5e-324));
  check_less(number(-5e-324), number(0));
  check_tie(number(0), number(0.0));
  check_tie(number(0), number(-0.0));
  check_tie(number(-0.0), number(0.0));
  check_less(number(std::numeric_limits<std::int64_t>::max()), number(9223372036854775808.0));
  check_tie(number(std::numeric_limits<std::int64_t>::min()), number(-9223372036854775808.0));
  check_less(number(-9223372036854777856.0), number(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("integers of any size are compared with floats by value") {
  check_tie(large(8), number(9223372036854775808.0));
  check_less(number(9223372036854775808.0), large(8, 1));
  check_less(large(8, 1, true), number(-9223372036854775808.0));
  check_tie(large(16), number(std::ldexp(1.0, 127)));
  check_less(number(std::ldexp(1.0, 127)), large(16, 1));
  check_less(large(16, 1, true), number(std::ldexp(-1.0, 127)));
  check_less(large(16, 255), number(std::nextafter(std::ldexp(1.0, 127), 1e300)));
  check_less(number(1.7976931348623157e308), large(129));
  check_less(number(1.7976931348623157e308), large(100'000));
  check_less(large(100'000, 0, true), number(-1.7976931348623157e308));
  check_less(large(9), large(10));
  check_less(large(10, 0, true), large(9, 0, true));
  check_less(large(9, 1), large(9, 2));
  check_less(number(1e-300), large(9));
  check_less(large(9, 0, true), number(-0.0));
}

TEST_CASE("keys decide before values, integers before all floats among keys") {
  const term integer_two = bare("7400000001 6102 770161"_hex);
  const term float_one = bare("7400000001 463ff0000000000000 770161"_hex);
  check_less(integer_two, float_one);
  check_less(bare("7400000001 6101 770162"_hex), bare("7400000001 6102 770161"_hex));
  check_tie(bare("7400000001 6101 6101"_hex), bare("7400000001 6101 463ff0000000000000"_hex));
  // Whatever order the pairs came in.
  CHECK(std::is_eq(bare("7400000002 6101 6a 6102 6800"_hex) <=>
                   bare("7400000002 6102 6800 6101 6a"_hex)));
  check_less(bare("7400000002 6103 6a 6101 6b000101"_hex), bare("7400000002 6102 6a 6104 6a"_hex));
  // Maps as keys: their values are keys too.
  check_less(bare("7400000001 7400000001 6101 6101 6101"_hex),
             bare("7400000001 7400000001 6101 463fe0000000000000 6101"_hex));
}

TEST_CASE("the first difference by value decides, ties only where there is none") {
  const term a = bare("6802 463ff0000000000000 6101"_hex);
  const term b = bare("6802 6101 6102"_hex);
  check_less(a, b);
  check_tie(bare("6802 6101 6101"_hex), bare("6802 463ff0000000000000 6101"_hex));
}

TEST_CASE("improper lists, prefixes, bit strings") {
  check_less(bare("6c00000001 6101 6102"_hex), bare("6c00000001 6101 6a"_hex));
  check_less(bare("6c00000001 6101 770161"_hex), bare("6b000101"_hex));
  check_less(bare("6b000101"_hex), bare("6b00020102"_hex));
  check_less(bare("6d00000000"_hex), bare("4d000000010300"_hex));
  check_less(bare("4d000000010300"_hex), bare("6d0000000101"_hex));
  check_less(bare("6d0000000101"_hex), bare("6d000000020102"_hex));
  check_less(bare("6d000000020102"_hex), bare("4d000000010180"_hex));
}

TEST_CASE("identifiers are compared as the BEAM does") {
  const auto pid = [](const char* node, const char* numbers) {
    return bare("58 77"_hex, from_hex(node), from_hex(numbers));
  };
  check_less(pid("0162", "00000001 00000000 00000001"), pid("0161", "00000002 00000000 00000001"));
  check_less(pid("0162", "00000002 00000000 00000001"), pid("0161", "00000001 00000001 00000001"));
  check_less(pid("0161", "00000001 00000001 00000002"), pid("0162", "00000001 00000001 00000001"));
  check_less(pid("0161", "00000001 00000001 00000001"), pid("0161", "00000001 00000001 00000002"));
  check_less(bare("59 770161 00000002 00000001"_hex), bare("59 770161 00000001 00000002"_hex));
  check_less(bare("5a0002 770161 00000001 00000002 00000001"_hex),
             bare("5a0002 770161 00000001 00000001 00000002"_hex));
}

TEST_CASE("terms in ordered containers") {
  std::map<term, int> numbers{{number(1), 1}, {number(1.0), 2}};
  CHECK(numbers.size() == 2);
  CHECK(numbers.at(number(1.0)) == 2);
  std::set<term> names{term(atom("zz")), term(atom("aa")), term(atom("mm"))};
  CHECK(names.begin()->is(atom("aa")));
}
