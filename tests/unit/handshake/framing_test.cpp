#include "framing.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode::handshake {

using namespace beamnode::test;
using namespace beamnode::test::literals;

TEST_CASE("a message is found once it is whole, and nothing behind it is touched") {
  for (const auto framing : {prefix::two_bytes, prefix::four_bytes}) {
    const auto head = framing == prefix::two_bytes ? "0003"_hex : "00000003"_hex;
    const auto packet = bytes_of(head, "sok");
    for (std::size_t size = 0; size < packet.size(); ++size) {
      const auto found = first_message(etf::bytes_view(packet).first(size), framing);
      REQUIRE(found);
      CHECK_FALSE(found->has_value());
    }
    const auto more = bytes_of(packet, 0xFF, 0xFF);
    const auto found = first_message(more, framing);
    REQUIRE(found);
    REQUIRE(found->has_value());
    CHECK((*found)->size == packet.size());
    CHECK(etf::as_text((*found)->payload) == "sok");
  }
}

TEST_CASE("an empty message is a message") {
  const auto found = first_message("0000"_hex, prefix::two_bytes);
  REQUIRE(found);
  REQUIRE(found->has_value());
  CHECK((*found)->payload.empty());
  CHECK((*found)->size == 2);
}

TEST_CASE("a length over the cap is refused before its bytes arrive") {
  CHECK(first_message("0800"_hex, prefix::two_bytes));
  CHECK_FALSE(first_message("08"_hex, prefix::two_bytes)->has_value());
  for (const auto& [bytes, framing] :
       {std::pair{"0801"_hex, prefix::two_bytes}, std::pair{"ffff"_hex, prefix::two_bytes},
        std::pair{"00000801"_hex, prefix::four_bytes},
        std::pair{"ffffffff"_hex, prefix::four_bytes}}) {
    const auto refused = first_message(bytes, framing);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::message_too_long);
  }
  CHECK(first_message("0801"_hex, prefix::two_bytes).error().message() ==
        "a message of 2049 bytes; 2048 are the most in a handshake");
}

}  // namespace beamnode::handshake
