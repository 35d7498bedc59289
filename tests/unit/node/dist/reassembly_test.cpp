#include "dist/reassembly.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::errc;
using dist::opened_frame;
using dist::reassembly;

const byte_string some_bytes = "0102030405"_hex;

opened_frame first(std::uint64_t sequence, std::uint64_t fragment, etf::bytes_view terms) {
  return {.terms = terms, .sequence = sequence, .fragment = fragment, .is_first = true};
}
opened_frame next(std::uint64_t sequence, std::uint64_t fragment, etf::bytes_view terms) {
  return {.terms = terms, .sequence = sequence, .fragment = fragment, .is_first = false};
}

bool is_under_way(reassembly& pieces, const opened_frame& piece) {
  const auto whole = pieces.add(piece);
  REQUIRE_MESSAGE(whole, whole.error().message());
  return !whole->has_value();
}

std::string ended(reassembly& pieces, const opened_frame& piece) {
  const auto whole = pieces.add(piece);
  REQUIRE_MESSAGE(whole, whole.error().message());
  REQUIRE(*whole);
  return to_hex((*whole)->terms.view());
}

std::string refusal(reassembly& pieces, const opened_frame& piece) {
  const auto whole = pieces.add(piece);
  return whole ? "taken" : whole.error().message();
}

TEST_CASE("interleaved messages come out whole, each with its last piece, with its own atoms") {
  reassembly pieces(100, 100);
  const std::vector<etf::atom> atoms{etf::atom("a"), etf::atom("b")};
  opened_frame beginning = first(7, 3, etf::bytes_view(some_bytes).first(2));
  beginning.atom_refs = atoms;
  CHECK(is_under_way(pieces, beginning));
  CHECK(is_under_way(pieces, first(8, 2, some_bytes)));
  CHECK(is_under_way(pieces, next(7, 2, {})));  // an empty piece is one, too
  CHECK(pieces.unfinished_bytes() == 7);
  CHECK(ended(pieces, next(8, 1, some_bytes)) == "01020304050102030405");
  const auto whole = pieces.add(next(7, 1, etf::bytes_view(some_bytes).subspan(2)));
  REQUIRE(whole);
  REQUIRE(*whole);
  CHECK(to_hex((*whole)->terms.view()) == "0102030405");
  CHECK((*whole)->atom_refs == atoms);
  CHECK(pieces.unfinished_bytes() == 0);
  CHECK(pieces.sequences() == 0);
  CHECK(is_under_way(pieces, first(7, 2, some_bytes)));  // the number is free again
}

TEST_CASE("a piece that does not follow is refused with the reason") {
  const std::string nowhere = "the peer sent a fragment that belongs nowhere: ";
  reassembly pieces(100, 100);
  CHECK(refusal(pieces, next(5, 1, some_bytes)) ==
        nowhere + "sequence 5, fragment 1: no message of that sequence is under way");
  CHECK(is_under_way(pieces, first(5, 3, some_bytes)));
  CHECK(refusal(pieces, first(5, 3, some_bytes)) ==
        nowhere + "sequence 5, fragment 3: a message of that sequence is under way already");
  CHECK(refusal(pieces, next(5, 1, some_bytes)) ==
        nowhere + "sequence 5, fragment 1: fragment 2 is due");
  CHECK(refusal(pieces, next(5, 3, some_bytes)) ==
        nowhere + "sequence 5, fragment 3: fragment 2 is due");
}

TEST_CASE("a promise of any size reserves nothing, and the bounds hold") {
  reassembly pieces(9, 12);
  CHECK(is_under_way(pieces, first(1, UINT64_MAX, some_bytes)));
  CHECK(is_under_way(pieces, first(2, 3, some_bytes)));
  CHECK(refusal(pieces, next(2, 2, some_bytes)) ==
        "the peer sent a message above the limit: at most 9 bytes are accepted in fragments");
  CHECK(refusal(pieces, first(3, 3, some_bytes)) ==
        "the peer began more messages than it ended: more than 12 bytes of messages are under way");
}

TEST_CASE("no more messages are under way than are kept") {
  reassembly pieces(100, 100);
  for (std::uint64_t i = 1; i <= reassembly::max_sequences; ++i) {
    REQUIRE(is_under_way(pieces, first(i, 2, {})));
  }
  const auto one_more = pieces.add(first(reassembly::max_sequences + 1, 2, {}));
  REQUIRE(!one_more);
  CHECK(one_more.error().code() == errc::too_many_fragments);
}

}  // namespace
}  // namespace beamnode
