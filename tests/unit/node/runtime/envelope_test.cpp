#include "runtime/envelope.hpp"

#include <doctest/doctest.h>
#include <beamnode/etf/spare_buffers.hpp>

#include <thread>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using runtime::envelope;

namespace {

const byte_string token = "680161"_hex;

byte_buffer large_term(std::size_t size) {
  return byte_buffer(bytes_of(109, big(static_cast<std::uint32_t>(size)), byte_string(size, 7)));
}

/// {Pid, <<7, 7, ...>>}
byte_buffer large_pair(std::size_t size) {
  const byte_string pid = bytes_of("58770161"_hex, big(1U), big(2U), big(3U));
  return byte_buffer(bytes_of("6802"_hex, pid, large_term(size).view()));
}

/// A message that came in a buffer of its own.
message arrived(byte_buffer buffer) {
  const bytes_view whole = buffer.view();
  return message(envelope::make(whole, {}, {}, &buffer));
}

bool lies_in(bytes_view part, bytes_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
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

TEST_CASE("a large binary of a message is not copied, and outlives the message") {
  byte_buffer buffer = large_pair(1'000'000);
  const std::uint8_t* const place = buffer.data();
  message m = arrived(std::move(buffer));
  CHECK(m.bytes().data() == place);
  const auto read = m.as<std::tuple<pid, term>>();
  REQUIRE(read.has_value());
  const bytes_view content = std::get<1>(*read).as_bits()->bytes;
  CHECK(lies_in(content, m.bytes()));
  const auto again = m.decode<term>();
  REQUIRE(again.has_value());
  CHECK((*again)[1] == std::get<1>(*read));
  m = message();
  CHECK(content.size() == 1'000'000);
  CHECK(std::ranges::all_of(content, [](std::uint8_t byte) { return byte == 7; }));
}

TEST_CASE("a small binary of a large message, and any of one without a buffer, is copied") {
  const message small = arrived(large_pair(etf::least_shared - 1));
  CHECK_FALSE(
      lies_in(std::get<1>(*small.as<std::tuple<pid, term>>()).as_bits()->bytes, small.bytes()));
  const message copied = message::copy_of(large_pair(1'000'000));
  CHECK_FALSE(
      lies_in(std::get<1>(*copied.as<std::tuple<pid, term>>()).as_bits()->bytes, copied.bytes()));
}

TEST_CASE("a message inside a large one stays in its buffer, and so do terms read from it") {
  message outer = arrived(large_pair(1'000'000));
  auto [who, inner] = outer.as<std::tuple<pid, message>>().value();
  CHECK(lies_in(inner.bytes(), outer.bytes()));
  outer = message();
  const auto read = inner.as<term>();
  REQUIRE(read.has_value());
  CHECK(lies_in(read->as_bits()->bytes, inner.bytes()));
  inner = message();
  CHECK(*read == etf::term::decode_bare(large_term(1'000'000)).value());

  const message plain = arrived(large_pair(1000));
  const auto parts = plain.as<std::tuple<message, message>>();
  CHECK_FALSE(lies_in(std::get<1>(*parts).bytes(), plain.bytes()));
}

TEST_CASE("the buffer goes once to the spares of the thread that let go of it last") {
  etf::spare_buffers& spares = etf::spare_buffers::of_this_thread();
  spares.clear();
  spares.give(large_pair(1'000'000));
  const bool keeps = spares.bytes() != 0;
  spares.clear();

  byte_buffer buffer = large_pair(1'000'000);
  const std::uint8_t* const place = buffer.data();
  auto m = std::make_unique<message>(arrived(std::move(buffer)));
  term t = m->as<term>().value();
  std::jthread([&] { m.reset(); }).join();
  CHECK(spares.bytes() == 0);
  CHECK(t.is_tuple(2));
  t = term();
  if (keeps) CHECK(spares.take(1'000'000).data() == place);
  CHECK(spares.bytes() == 0);
}
