#include "latin1.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode::handshake {

using namespace beamnode::test::literals;

TEST_CASE("every Latin-1 byte survives the way to UTF-8 and back") {
  for (int i = 0; i < 256; ++i) {
    const test::byte_string one{static_cast<std::uint8_t>(i)};
    const std::string utf8 = from_latin1(one);
    CHECK(utf8.size() == (i < 0x80 ? 1 : 2));
    CHECK(test::to_hex(etf::as_bytes(to_latin1(utf8))) == test::to_hex(one));
  }
  CHECK(from_latin1("67fc"_hex) == "g\xC3\xBC");
}

TEST_CASE("what is not Latin-1 is left as it is") {
  for (const std::string text : {"\xE2\x82\xAC", "a\xC3", "\xC4\x80", "\xC3z", "\x80"}) {
    CHECK(to_latin1(text) == text);
  }
}

}  // namespace beamnode::handshake
