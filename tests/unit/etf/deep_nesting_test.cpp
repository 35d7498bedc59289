#include <doctest/doctest.h>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/term.hpp>
#include <beamnode/etf/text.hpp>

#include "support/deep.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// Decodes, encodes, prints, hashes, compares with an equal and an unequal term, and destroys.
void take_through_everything(const byte_string& bytes, const byte_string& other) {
  const term t = bare(bytes);
  CHECK(bare_bytes(t) == bytes);
  CHECK(t.to_string().size() >= bytes.size() / 10);
  CHECK(erlang_text(t, {.max_bytes = 100}).size() == 100);
  const term same = bare(bytes);
  CHECK(t == same);
  CHECK(std::hash<term>{}(t) == std::hash<term>{}(same));
  const term another = bare(other);
  CHECK_FALSE(t == another);
  CHECK(std::is_eq(t <=> same));
  CHECK(std::is_lt(t <=> another));
}

/// `opening` as often as `levels`, something inside, and as many `closing`s.
byte_string nest(std::size_t levels, const byte_string& opening, const byte_string& inside,
                 const byte_string& closing = {}) {
  return bytes_of(repeated(levels, opening), inside, repeated(levels, closing));
}

}  // namespace

TEST_CASE("ten million levels: {{{...}}}") {
  take_through_everything(nest(deep_levels, "6801"_hex, "6101"_hex),
                          nest(deep_levels, "6801"_hex, "6102"_hex));
}

TEST_CASE("a million levels: {{{...,[]},[]},[]}") {
  take_through_everything(nest(fewer_deep_levels, "6802"_hex, "6101"_hex, "6a"_hex),
                          nest(fewer_deep_levels, "6802"_hex, "6102"_hex, "6a"_hex));
}

TEST_CASE("a million levels: lists, maps as values, maps as keys, records") {
  take_through_everything(nest(fewer_deep_levels, "6c00000001"_hex, "770161"_hex, "6a"_hex),
                          nest(fewer_deep_levels, "6c00000001"_hex, "770162"_hex, "6a"_hex));
  take_through_everything(nest(fewer_deep_levels, "7400000001 6a"_hex, "6101"_hex),
                          nest(fewer_deep_levels, "7400000001 6a"_hex, "6102"_hex));
  take_through_everything(nest(fewer_deep_levels, "7400000001"_hex, "6101"_hex, "6a"_hex),
                          nest(fewer_deep_levels, "7400000001"_hex, "6102"_hex, "6a"_hex));
  take_through_everything(
      nest(fewer_deep_levels, "7400000002"_hex, "6101"_hex, "6a 770161 6a"_hex),
      nest(fewer_deep_levels, "7400000002"_hex, "6102"_hex, "6a 770161 6a"_hex));
  // Whose keys are to be sorted at every level: the other key is a map of two pairs too.
  const byte_string other_key = "6a 7400000002 6101 6a 6103 6a 6a"_hex;
  take_through_everything(nest(fewer_deep_levels, "7400000002"_hex, "6101"_hex, other_key),
                          nest(fewer_deep_levels, "7400000002"_hex, "6102"_hex, other_key));
  const byte_string record = "43 00000001 00 770161 770162 770178"_hex;
  take_through_everything(nest(fewer_deep_levels, record, "6101"_hex),
                          nest(fewer_deep_levels, record, "6102"_hex));
}

TEST_CASE("a fun in a fun, a hundred thousand times") {
  constexpr std::size_t levels = 100'000;
  const byte_string fun =
      bytes_of("70 00000000 00"_hex, std::string(20, '\0'),
               "00000001 770161 6100 6100 58770161 000000000000000000000000"_hex);
  const term t = bare(nest(levels, fun, "6101"_hex));
  CHECK(bare(bare_bytes(t)) == t);
  CHECK(std::hash<term>{}(t) == std::hash<term>{}(t.compact()));
  CHECK_FALSE(t == bare(nest(levels, fun, "6102"_hex)));
}

TEST_CASE("a list of a million headers with one element each is a list of a million elements") {
  const term chain = bare(repeated(fewer_deep_levels, "6c00000001 770161"_hex), "6a"_hex);
  const term list = bare("6c"_hex, big(static_cast<std::uint32_t>(fewer_deep_levels)),
                         repeated(fewer_deep_levels, "770161"_hex), "6a"_hex);
  CHECK(chain == list);
  CHECK(chain.size() == fewer_deep_levels);
  CHECK(bare_bytes(chain) == bare_bytes(list));
  CHECK(std::hash<term>{}(chain) == std::hash<term>{}(list));
  CHECK(chain.to_string() == list.to_string());
}

TEST_CASE("deep input that ends too early is refused") {
  CHECK(code_of(repeated(deep_levels, "6801"_hex)) == errc::truncated);
  CHECK(code_of(repeated(fewer_deep_levels, "6c00000001"_hex)) == errc::truncated);
  CHECK(code_of(repeated(fewer_deep_levels, "7400000001"_hex)) == errc::truncated);
  CHECK(code_of(repeated(fewer_deep_levels, "6c00000000"_hex)) == errc::truncated);
}
