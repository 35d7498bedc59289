#include <beamnode/handshake/digest.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode::handshake {

TEST_CASE("a digest is MD5 over cookie and decimal challenge") {
  CHECK(test::to_hex(*make_digest("ck", 77)) == "b2ce5678202292398e3c476f13f42ace");
}

TEST_CASE("a challenge beyond 2^31 is printed unsigned") {
  // md5 of "golden_cookie4058174404", which OTP 25, 27 and 29 took (tests/vectors/handshake).
  CHECK(test::to_hex(*make_digest("golden_cookie", 0xF1E2D3C4)) ==
        "47a66077dac542d559091c474830c6ab");
}

TEST_CASE("an empty cookie still has a digest") {
  CHECK(test::to_hex(*make_digest("", 0)) == "cfcd208495d565ef66e7dff9f98764da");
}

TEST_CASE("digests are the same only if all bytes are") {
  const digest a = *make_digest("pizza", 1);
  CHECK(same_digest(a, a));
  for (std::size_t i = 0; i < a.size(); ++i) {
    digest b = a;
    b[i] = static_cast<std::uint8_t>(b[i] ^ 0x80);
    CHECK_FALSE(same_digest(a, b));
  }
}

}  // namespace beamnode::handshake
