#include <doctest/doctest.h>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/term.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/vectors.hpp"

using namespace beamnode::etf;
using beamnode::test::from_hex;
using beamnode::test::vector_lines;

namespace {

struct ranked {
  term value;
  std::string expression;
  std::size_t rank = 0;   // equal for what is ==
  std::size_t exact = 0;  // equal for what is =:=
};

/// Terms in the order that a BEAM gave them.
const std::vector<ranked>& in_erlangs_order() {
  static const std::vector<ranked> all = [] {
    std::vector<ranked> read;
    std::size_t rank = 0;
    std::size_t exact = 0;
    for (const std::vector<std::string>& line : vector_lines("order.txt", 3)) {
      rank += line[1] == "<" ? 1 : 0;
      exact += line[1] == "=:=" ? 0 : 1;
      read.push_back({term::decode(from_hex(line[0])).value(), line[2], rank, exact});
    }
    return read;
  }();
  return all;
}

}  // namespace

TEST_CASE("all pairs of the golden order compare as Erlang's < and == do") {
  const std::vector<ranked>& all = in_erlangs_order();
  REQUIRE(all.size() > 400);
  for (const ranked& a : all) {
    for (const ranked& b : all) {
      if (compare(a.value, b.value) == (a.rank <=> b.rank)) continue;
      INFO(a.expression);
      INFO(b.expression);
      CHECK(compare(a.value, b.value) == (a.rank <=> b.rank));
    }
  }
}

TEST_CASE("all pairs of the golden order are equal exactly where Erlang's =:= says so") {
  const std::vector<ranked>& all = in_erlangs_order();
  for (const ranked& a : all) {
    for (const ranked& b : all) {
      // What is =:= is next to one another, but for ties of ==: then only the same rank is sure.
      const bool is_exact = a.exact == b.exact;
      const bool agrees = (a.value == b.value) == is_exact &&
                          ((a.value <=> b.value) == 0) == (a.value == b.value) &&
                          (a.rank == b.rank || (a.value <=> b.value) == (a.rank <=> b.rank));
      if (agrees) continue;
      INFO(a.expression);
      INFO(b.expression);
      CHECK(agrees);
    }
  }
}

TEST_CASE("terms in any order are sorted back into the golden one") {
  std::vector<ranked> shuffled = in_erlangs_order();
  std::mt19937 random(1986);  // NOLINT(bugprone-random-generator-seed): repeatable
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  std::stable_sort(shuffled.begin(), shuffled.end(),
                   [](const ranked& a, const ranked& b) { return compare(a.value, b.value) < 0; });
  CHECK(std::is_sorted(shuffled.begin(), shuffled.end(),
                       [](const ranked& a, const ranked& b) { return a.rank < b.rank; }));
}
