#include <beamnode/etf/external.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

// term_to_binary(lists:duplicate(50, {abc,"hello",<<"world">>}), [compressed]) on OTP 29; without
// compression it has 1257 bytes, the first of them 131.
const byte_string packed =
    "8350000004e8789ccb61606030ca602e674e4c4ace6660cd48cdc9c9cf058ab196e717e5a48c4a8c4a8c4a8c4a0c"
    "79892c00cf05671a"_hex;
constexpr std::size_t size_inside = 1256;

errc code_of(const byte_string& bytes, const limits& bounds = {}) {
  const result<byte_buffer> inflated = inflate(bytes, bounds);
  return inflated ? errc::none : inflated.error().code();
}

byte_string promising(std::uint32_t size) {
  byte_string bytes = packed;
  store_big(bytes.data() + 2, size);
  return bytes;
}

}  // namespace

TEST_CASE("a term that OTP compressed is inflated to a valid one") {
  const byte_buffer term = inflate(packed).value();
  CHECK(term.size() == size_inside);
  CHECK(to_hex(term.view().first(24)) ==
        "6c0000003268037703616263"
        "6b000568656c6c6f6d000000");
  CHECK(validate(term).value() == size_inside);
}

TEST_CASE("compressed terms are told by their first two bytes") {
  CHECK(is_compressed(packed));
  CHECK_FALSE(is_compressed("836101"_hex));
  CHECK_FALSE(is_compressed("83"_hex));
  CHECK_FALSE(is_compressed("5050"_hex));
  CHECK_FALSE(is_compressed({}));
}

TEST_CASE("a promised size that is not the real one is refused") {
  CHECK(code_of(promising(size_inside - 1)) == errc::bad_compression);
  CHECK(code_of(promising(size_inside + 1)) == errc::bad_compression);
  CHECK(code_of(promising(0)) == errc::bad_compression);
}

TEST_CASE("an impossible promise is refused before anything is reserved") {
  CHECK(code_of(promising(200'000'000)) == errc::bad_compression);
  CHECK(code_of(promising(0xffffffff)) == errc::inflated_too_large);
  CHECK(code_of(promising(0xffffffff), {.inflated = ~std::size_t{0}}) == errc::inflated_too_large);
}

TEST_CASE("what inflates to more than the limit is refused") {
  CHECK(code_of(packed, {.inflated = size_inside - 1}) == errc::inflated_too_large);
  CHECK(code_of(packed, {.inflated = size_inside}) == errc::none);
}

TEST_CASE("a compressed term cut at any byte is truncated") {
  for (std::size_t size = 0; size < packed.size(); ++size) {
    CAPTURE(size);
    CHECK(code_of(byte_string(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(
                                                                   size))) == errc::truncated);
  }
}

TEST_CASE("bytes behind the zlib stream are refused, and named by their place") {
  const byte_string more = bytes_of(packed, 0);
  CHECK(code_of(more) == errc::trailing_bytes);
  CHECK(inflate(more).error().offset() == packed.size());
}

TEST_CASE("a damaged zlib stream is refused") {
  for (std::size_t at = 6; at < packed.size(); ++at) {
    byte_string damaged = packed;
    damaged[at] ^= 0x55U;
    CAPTURE(at);
    CHECK(code_of(damaged) != errc::none);
  }
}

TEST_CASE("what is not compressed is not inflated") {
  CHECK(code_of("836101"_hex) == errc::wrong_type);
  CHECK(code_of("5000"_hex) == errc::bad_version);
}

TEST_CASE("the version byte is taken off, a second one is refused") {
  CHECK(to_hex(strip_version("836101"_hex).value()) == "6101");
  CHECK(strip_version("83"_hex).value().empty());
  CHECK(strip_version({}).error().code() == errc::truncated);
  CHECK(strip_version("6101"_hex).error().code() == errc::bad_version);
  CHECK(strip_version("83836101"_hex).error().message() == "this byte begins no term (byte 1)");
}
