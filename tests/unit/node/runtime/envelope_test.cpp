#include "runtime/envelope.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using runtime::envelope;

namespace {

const byte_string token = "680161"_hex;

byte_buffer large_term(std::size_t size) {
  return byte_buffer(bytes_of(109, big(static_cast<std::uint32_t>(size)), byte_string(size, 7)));
}

}  // namespace

TEST_CASE("a message holds its term, its atoms and its trace token") {
  const std::vector<atom> atoms{atom("a"), atom("b")};
  const auto e = envelope::make("6a"_hex, atoms, token);
  CHECK(to_hex(e->view()) == "6a");
  CHECK(std::ranges::equal(std::span(e->atoms(), e->atom_count), atoms));
  CHECK(to_hex(e->token()) == to_hex(token));
}

TEST_CASE("a large term stays in the buffer it came in, a small one is copied") {
  const std::vector<atom> atoms{atom("a"), atom("b"), atom("c")};
  byte_buffer large = large_term(100'000);
  const std::uint8_t* const place = large.data();
  const byte_buffer copy = large;
  const auto e = envelope::make(large.view().subspan(0), atoms, token, &large);
  CHECK(large.empty());
  CHECK(e->view().data() == place);
  CHECK(std::ranges::equal(e->view(), copy.view()));
  CHECK(std::ranges::equal(std::span(e->atoms(), e->atom_count), atoms));
  CHECK(to_hex(e->token()) == to_hex(token));

  byte_buffer small = large_term(100);
  const auto f = envelope::make(small, {}, {}, &small);
  CHECK(small.size() == 105);
  CHECK(f->view().data() != small.data());
}
