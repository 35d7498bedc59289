#include "dist/header.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;

dist::errc refusal(const byte_string& body) {
  const auto opened = dist::open_frame(body);
  REQUIRE(!opened);
  return opened.error().code();
}

TEST_CASE("a pass-through frame is what follows its first byte") {
  const byte_string body = "70836a"_hex;
  const auto opened = dist::open_frame(body);
  REQUIRE(opened);
  CHECK(to_hex(opened->terms) == "836a");
  CHECK(opened->versioned);
  CHECK(opened->atom_refs.empty());
  const byte_string alone = "70"_hex;
  REQUIRE(dist::open_frame(alone));
  CHECK(dist::open_frame(alone)->terms.empty());
}

TEST_CASE("distribution headers and fragments are refused while nobody agreed on them") {
  CHECK(refusal("834400"_hex) == dist::errc::header_not_negotiated);
  CHECK(refusal("8345"_hex) == dist::errc::header_not_negotiated);
  CHECK(refusal("8346"_hex) == dist::errc::header_not_negotiated);
}

TEST_CASE("a frame that begins with anything else is of no known kind") {
  for (const int first : {0, 68, 104, 111, 113, 131, 255}) {
    CHECK(refusal(bytes_of(first)) == dist::errc::unknown_frame);
    CHECK(refusal(bytes_of(first, 67)) == dist::errc::unknown_frame);
    CHECK(refusal(bytes_of(first, 71)) == dist::errc::unknown_frame);
  }
}

}  // namespace
}  // namespace beamnode
