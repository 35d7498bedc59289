#include <beamnode/etf/shared_buffer.hpp>

#include <doctest/doctest.h>
#include <beamnode/etf/elixir_text.hpp>
#include <beamnode/etf/json.hpp>
#include <beamnode/etf/match.hpp>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/text.hpp>

#include <thread>

#include "unit/etf/term_samples.hpp"

using namespace beamnode;
using namespace beamnode::etf;
using namespace beamnode::etf::literals;
using namespace beamnode::test;

namespace {

constexpr std::size_t large = least_shared;

byte_string content(std::size_t size, std::uint8_t first = 'a') {
  byte_string bytes(size, 'x');
  bytes[0] = first;
  bytes.back() = 'z';
  return bytes;
}

byte_string binary(const byte_string& bytes) {
  return bytes_of(0x6D, big(static_cast<std::uint32_t>(bytes.size())), bytes);
}

byte_string bits(const byte_string& bytes, std::uint8_t last_bits) {
  return bytes_of(0x4D, big(static_cast<std::uint32_t>(bytes.size())), last_bits, bytes);
}

shared_buffer owner_of(const byte_string& encoded) { return share(byte_buffer(encoded)); }

term decode_shared(const shared_buffer& owner) {
  reader in(owner->view(), {}, &owner);
  term decoded = codec<term>::decode(in);
  REQUIRE(in.ok());
  REQUIRE(in.at_end());
  return decoded;
}

bool lies_in(const term& t, const byte_buffer& buffer) {
  const bytes_view bytes = t.as_bits()->bytes;
  return bytes.data() >= buffer.data() && bytes.data() < buffer.data() + buffer.size();
}

/// Both, or neither, must hold for each operation.
void check_same(const term& a, const term& b) {
  CHECK(a == b);
  CHECK(b == a);
  CHECK(std::is_eq(compare(a, b)));
  CHECK(std::is_eq(a <=> b));
  CHECK(std::hash<term>{}(a) == std::hash<term>{}(b));
  CHECK(a.type() == b.type());
  CHECK(a.size() == b.size());
  CHECK(a.encode() == b.encode());
  CHECK(a.encode({.deterministic = true}) == b.encode({.deterministic = true}));
  CHECK(a.to_string() == b.to_string());
  for (const std::size_t depth : {std::size_t{2}, std::size_t{10}}) {
    CHECK(erlang_text(a, {.line_width = 80, .depth = depth}) ==
          erlang_text(b, {.line_width = 80, .depth = depth}));
  }
  CHECK(erlang_text(a, {.line_width = 40}) == erlang_text(b, {.line_width = 40}));
  CHECK(elixir_text(a) == elixir_text(b));
  CHECK(elixir_text(a, {.line_width = 40, .limit = 20}) ==
        elixir_text(b, {.line_width = 40, .limit = 20}));
  for (const bool lossless : {false, true}) {
    const result<std::string> one = to_json(a, {.lossless = lossless});
    const result<std::string> other = to_json(b, {.lossless = lossless});
    REQUIRE(one.has_value() == other.has_value());
    if (one) CHECK(*one == *other);
  }
  CHECK(a.compact() == b);
}

byte_string not_text(std::size_t size) {
  byte_string bytes = content(size);
  bytes[size / 2] = 0xFF;
  return bytes;
}

}  // namespace

TEST_CASE("a large binary stays in the buffer that its message came in") {
  shared_buffer owner = owner_of(binary(content(large)));
  const std::weak_ptr<const byte_buffer> watch = owner;
  term t = decode_shared(owner);
  CHECK(owner.use_count() == 2);
  CHECK(lies_in(t, *owner));
  CHECK(t.is_binary());
  CHECK(t.as_text() == as_text(content(large)));
  owner.reset();
  CHECK_FALSE(watch.expired());
  CHECK(t.as_text() == as_text(content(large)));
  t = term();
  CHECK(watch.expired());
}

TEST_CASE("each part of a term keeps the buffer alive, and the last one gives it back") {
  // {a, <<...>>}
  shared_buffer owner = owner_of(bytes_of("6802 770161"_hex, binary(content(large))));
  const std::weak_ptr<const byte_buffer> watch = owner;
  term whole = decode_shared(owner);
  owner.reset();
  term part = whole[1];
  CHECK(watch.use_count() == 1);
  whole = term();
  const term copy = part.compact();
  CHECK(copy == part);
  part = whole;
  CHECK(watch.expired());
  CHECK(copy.as_text() == as_text(content(large)));
}

TEST_CASE("what is not large, or a small part of its message, is copied") {
  const auto shares = [](const byte_string& encoded) {
    const shared_buffer owner = owner_of(encoded);
    const term t = decode_shared(owner);
    return owner.use_count() > 1;
  };
  CHECK_FALSE(shares(binary(content(large - 1))));
  CHECK_FALSE(shares("6802 770161 6d0000000178"_hex));
  CHECK(shares(bytes_of("6802"_hex, binary(content(large)), binary(content(large)))));
  // A fourth of the buffer, its header, and the tuple's: less than a fourth in all.
  CHECK_FALSE(shares(bytes_of("6804"_hex, repeated(4, binary(content(large))))));
  // Nothing more is kept alive by what follows one that is shared.
  const shared_buffer owner = owner_of(bytes_of(
      "6803"_hex, binary(content(8 * large)), binary(content(large)), binary(content(large - 1))));
  const term t = decode_shared(owner);
  CHECK(owner.use_count() == 2);
  CHECK(lies_in(t[0], *owner));
  CHECK(lies_in(t[1], *owner));
  CHECK_FALSE(lies_in(t[2], *owner));
}

TEST_CASE("a bit string is shared unless bits that do not count are set") {
  byte_string clean = content(large);
  clean.back() = 0xA0;
  shared_buffer owner = owner_of(bits(clean, 3));
  term t = decode_shared(owner);
  CHECK(lies_in(t, *owner));
  check_same(t, bare(bits(clean, 3)));

  byte_string other = clean;
  other.back() = 0xBF;
  owner = owner_of(bits(other, 3));
  const term masked = decode_shared(owner);
  CHECK_FALSE(lies_in(masked, *owner));
  CHECK(masked == t);
}

TEST_CASE("shared binaries are as good as copied ones in every operation") {
  const byte_string text = binary(content(large));
  const byte_string other = binary(not_text(large));
  const byte_string odd = bits(byte_string(large, 0xA0), 3);
  for (const byte_string& value : {text, other, odd}) {
    const std::vector<byte_string> shapes{
        value,
        bytes_of("6803 770161"_hex, value, "6101"_hex),
        bytes_of("6c00000002"_hex, value, "6102 6a"_hex),
        bytes_of("6c00000001 6102"_hex, value),
        bytes_of("7400000001"_hex, value, "6101"_hex),
        bytes_of("7400000002 6101"_hex, value, "6100 770161"_hex),
        bytes_of("7400000002"_hex, bytes_of(value), "6101"_hex, binary(content(large, 'A')),
                 "6102"_hex),
        bytes_of("6801 6c00000001 7400000001 770161 6801"_hex, value, "6a"_hex),
    };
    for (const byte_string& shape : shapes) {
      const shared_buffer owner = owner_of(shape);
      const term shared = decode_shared(owner);
      CHECK(owner.use_count() == 2);
      const term copied = bare(shape);
      check_same(shared, copied);
      check_same(shared, decode_shared(owner));
    }
  }
}

TEST_CASE("shared binaries that differ are in the order of copied ones") {
  std::vector<byte_string> values{
      binary(content(large)),  binary(content(large + 1)),        binary(content(large, 'b')),
      binary(not_text(large)), bits(byte_string(large, 0xA0), 3), bits(byte_string(large, 0), 1)};
  byte_string late = content(large);
  late[large - 2] = 'y';
  values.push_back(binary(late));
  for (const byte_string& one : values) {
    for (const byte_string& other : values) {
      const term a = bare(one);
      const term b = bare(other);
      const term c = decode_shared(owner_of(one));
      const term d = decode_shared(owner_of(other));
      for (const auto& [x, y] : {std::pair(a, d), std::pair(c, b), std::pair(c, d)}) {
        CHECK((x <=> y) == (a <=> b));
        CHECK((x == y) == (a == b));
      }
      const term in_tuple = decode_shared(owner_of(bytes_of("6801"_hex, one)));
      CHECK((in_tuple == bare("6801"_hex, other)) == (a == b));
    }
  }
}

TEST_CASE("a shared binary is found as a key, matched and read as a C++ type") {
  const byte_string map = bytes_of("7400000002"_hex, binary(content(large, 'b')), "770162"_hex,
                                   binary(content(large)), "770161"_hex);
  const term shared = decode_shared(owner_of(map));
  CHECK(shared.find(bare(binary(content(large)))) == term("a"_atom));
  CHECK(shared.find(decode_shared(owner_of(binary(content(large, 'b'))))) == term("b"_atom));
  CHECK_FALSE(shared.find(bare(binary(content(large, 'c')))).has_value());

  const term pair = decode_shared(owner_of(bytes_of("6802 770161"_hex, binary(content(large)))));
  std::string text;
  CHECK(match(pair, "{a, Text}", text));
  CHECK(text == as_text(content(large)));
  CHECK(std::get<1>(pair.as<std::tuple<atom, std::string>>().value()) == text);
  CHECK(term::from(tuple("a"_atom, pair[1])) == pair);
}

TEST_CASE("a term that cannot be decoded leaves nothing of the buffer behind") {
  const byte_string key = binary(content(large));
  for (const byte_string& wrong : {bytes_of("6802"_hex, key), bytes_of("6802"_hex, key, "ff"_hex),
                                   bytes_of("7400000002"_hex, key, "6101"_hex, key, "6102"_hex)}) {
    const shared_buffer owner = owner_of(wrong);
    reader in(owner->view(), {}, &owner);
    CHECK(codec<term>::decode(in).is_nil());
    CHECK_FALSE(in.ok());
    CHECK(owner.use_count() == 1);
  }
}

TEST_CASE("threads read and release a shared binary, and the buffer is given back once") {
  for (int round = 0; round < 20; ++round) {
    shared_buffer owner = owner_of(bytes_of("6802 770161"_hex, binary(content(large))));
    const std::weak_ptr<const byte_buffer> watch = owner;
    const term expected = bare(bytes_of("6802 770161"_hex, binary(content(large))));
    {
      const term first = decode_shared(owner);
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([mine = first, theirs = owner, &expected] {
          const term part = mine[1];
          const term again = decode_shared(theirs);
          CHECK(part == expected[1]);
          CHECK(std::hash<term>{}(again) == std::hash<term>{}(expected));
        });
      }
      owner.reset();
    }
    CHECK(watch.expired());
  }
}
