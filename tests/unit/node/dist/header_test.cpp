#include "dist/header.hpp"

#include <doctest/doctest.h>
#include <beamnode/handshake/flags.hpp>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::framing;

dist::errc refusal(const byte_string& body, framing agreed) {
  dist::atom_cache cache;
  const auto opened = dist::open_frame(body, agreed, cache);
  REQUIRE(!opened);
  return opened.error().code();
}

/// The views of the frame last until the next call.
dist::opened_frame opened(byte_string bytes, framing agreed, dist::atom_cache& cache) {
  static byte_string body;
  body = std::move(bytes);
  const auto frame = dist::open_frame(body, agreed, cache);
  REQUIRE_MESSAGE(frame, frame.error().message());
  return *frame;
}

TEST_CASE("the flags decide how frames begin") {
  namespace flag = handshake::flag;
  CHECK(dist::framing_of(0) == framing::plain);
  CHECK(dist::framing_of(flag::dist_hdr_atom_cache) == framing::header);
  CHECK(dist::framing_of(flag::fragments) == framing::fragments);
  CHECK(dist::framing_of(flag::fragments | flag::dist_hdr_atom_cache) == framing::fragments);
}

TEST_CASE("a pass-through frame is what follows its first byte") {
  dist::atom_cache cache;
  const auto frame = opened("70836a"_hex, framing::plain, cache);
  CHECK(to_hex(frame.terms) == "836a");
  CHECK(frame.versioned);
  CHECK(frame.atom_refs.empty());
  CHECK(opened("70"_hex, framing::plain, cache).terms.empty());
}

TEST_CASE("each way to begin is refused where it was not agreed on") {
  CHECK(refusal("834400"_hex, framing::plain) == dist::errc::header_not_negotiated);
  CHECK(refusal("8345"_hex, framing::plain) == dist::errc::header_not_negotiated);
  CHECK(refusal("8346"_hex, framing::plain) == dist::errc::header_not_negotiated);
  CHECK(refusal("8345"_hex, framing::header) == dist::errc::header_not_negotiated);
  CHECK(refusal("8346"_hex, framing::header) == dist::errc::header_not_negotiated);
  CHECK(refusal("70836a"_hex, framing::header) == dist::errc::header_missing);
  CHECK(refusal("70836a"_hex, framing::fragments) == dist::errc::header_missing);
}

TEST_CASE("a frame that begins with anything else is of no known kind") {
  for (const framing agreed : {framing::plain, framing::header, framing::fragments}) {
    for (const int first : {0, 68, 104, 111, 113, 131, 255}) {
      CHECK(refusal(bytes_of(first), agreed) == dist::errc::unknown_frame);
      CHECK(refusal(bytes_of(first, 67), agreed) == dist::errc::unknown_frame);
      CHECK(refusal(bytes_of(first, 71), agreed) == dist::errc::unknown_frame);
    }
  }
}

TEST_CASE("a header without atoms, with new ones, and with ones told before") {
  dist::atom_cache cache;
  CHECK(to_hex(opened("8344 00 6a"_hex, framing::header, cache).terms) == "6a");
  CHECK(cache.refs().empty());
  // Two new ones, in segments 0 and 7, then the half byte for long atoms.
  const auto two = opened("8344 02 f8 00 05 02 6f6b 05 03 657272 6a"_hex, framing::header, cache);
  CHECK(to_hex(two.terms) == "6a");
  REQUIRE(two.atom_refs.size() == 2);
  CHECK(two.atom_refs[0].text() == "ok");
  CHECK(two.atom_refs[1].text() == "err");
  // Three: the second slot, a new atom for the first slot, the second slot again.
  const auto three = opened("8344 03 87 07 05 05 01 61 05 6a"_hex, framing::header, cache);
  REQUIRE(three.atom_refs.size() == 3);
  CHECK(three.atom_refs[0].text() == "err");
  CHECK(three.atom_refs[1].text() == "a");
  CHECK(three.atom_refs[2].text() == "err");
  CHECK(opened("8344 01 00 05 6a"_hex, framing::header, cache).atom_refs[0].text() == "a");
}

TEST_CASE("long atoms have lengths of two bytes, whatever the number of atoms is") {
  dist::atom_cache cache;
  const std::string name(300, 'x');  // as bytes; 100 characters
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\xe2\x82\xac";
  const auto one =
      opened(bytes_of(131, 68, 1, 0x18, 9, 1, 0x2c, wide, "6a"_hex), framing::header, cache);
  CHECK(one.atom_refs[0].text() == wide);
  const auto two =
      opened(bytes_of(131, 68, 2, 0x88, 0x01, 9, 1, 0x2c, wide, 10, 0, 1, "a", "6a"_hex),
             framing::header, cache);
  CHECK(two.atom_refs[1].text() == "a");
}

TEST_CASE("malformed headers are refused with the reason") {
  const auto reason = [](const byte_string& body) {
    dist::atom_cache cache;
    const auto frame = dist::open_frame(body, framing::fragments, cache);
    return frame ? std::string("none") : frame.error().message();
  };
  const std::string header = "the peer sent a malformed distribution header: ";
  CHECK(reason("8344"_hex) == header + "it ends before the number of its atoms");
  CHECK(reason("8344 02 00"_hex) == header + "it ends inside its flags");
  CHECK(reason("8344 01 08"_hex) == header + "it ends inside its atoms");
  CHECK(reason("8344 01 08 00"_hex) == header + "it ends inside its atoms");
  CHECK(reason("8344 01 08 00 02 61"_hex) == header + "it ends inside its atoms");
  CHECK(reason("8344 01 18 00 00"_hex) == header + "it ends inside its atoms");
  CHECK(reason("8344 01 00 00"_hex) == header + "it refers to an atom that was never told");
  CHECK(reason("8344 01 08 00 01 ff"_hex).starts_with(header));
  CHECK(reason(bytes_of("8344 01 18 00 0100"_hex, byte_string(256, 'a'))).starts_with(header));
  const std::string fragment = "the peer sent a fragment that belongs nowhere: ";
  CHECK(reason("8345 0000"_hex) == fragment + "it ends inside its numbers");
  CHECK(reason("8345 0000000000000000 0000000000000001 00"_hex) ==
        fragment + "its sequence number is 0");
  CHECK(reason("8346 0000000000000001 0000000000000000"_hex) ==
        fragment + "its fragment number is 0");
}

}  // namespace
}  // namespace beamnode
