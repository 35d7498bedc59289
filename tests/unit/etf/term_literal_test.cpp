#include <doctest/doctest.h>
#include <beamnode/etf/term_literal.hpp>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::etf::literals;
using namespace beamnode::test;

TEST_CASE("a literal is the term that its text is") {
  CHECK("{ok, [1, 2.5, <<\"bin\">>]}"_term ==
        bare("6802 77026f6b 6c00000003 6101 464004000000000000 6d0000000362696e 6a"_hex));
  CHECK("[]"_term == term());
  CHECK("ok"_term == "ok"_atom);
  CHECK("#{a => \"text\", 'B c' => $x}.  % a comment"_term ==
        bare("7400000002 770161 6b000474657874 77034220 63 6178"_hex));
  CHECK("-16#FF"_term == term::from(-255));
  CHECK("fun lists:map/2"_term.is_fun());
}

TEST_CASE("a literal is parsed once") {
  const auto make = []() -> const term& { return "{this, is, made, once}"_term; };
  CHECK(&make() == &make());
}

TEST_CASE("deep and long literals compile") {
  CHECK(
      "[[[[[[[[[[[[[[[[[[[[{<<(<<1:3>>)/bits, 2:5/little-signed-unit:1>>}]]]]]]]]]]]]]]]]]]]]"_term
          .to_string() == "[[[[[[[[[[[[[[[[[[[[{<<\"\\\"\">>}]]]]]]]]]]]]]]]]]]]]");
  CHECK(
      "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,"
      "33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61]"_term
          .size() == 62);
}

TEST_CASE("what only the value tells is thrown") {
  const auto duplicate = [] { return "#{twice => 1, twice => 2}"_term; };
  const auto too_large = [] { return "1.0e400"_term; };
  CHECK_THROWS_AS((void)duplicate(), bad_result<error>);
  CHECK_THROWS_AS((void)too_large(), bad_result<error>);
}
