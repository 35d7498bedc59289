#include <beamnode/etf/byte_buffer.hpp>

#include <doctest/doctest.h>

#include <utility>

#include "support/hex.hpp"

using beamnode::etf::byte_buffer;
using beamnode::etf::bytes_view;
using namespace beamnode::test;

TEST_CASE("a buffer keeps what is appended, across growth") {
  byte_buffer buffer;
  byte_string expected;
  for (int i = 0; i < 1000; ++i) {
    buffer.append(static_cast<std::uint8_t>(i));
    buffer.append("0102"_hex);
    expected = bytes_of(expected, i, 1, 2);
  }
  CHECK(to_hex(buffer) == to_hex(expected));
}

TEST_CASE("appending nothing to an empty buffer is fine") {
  byte_buffer buffer;
  buffer.append(bytes_view{});
  CHECK(buffer.empty());
  CHECK(buffer.view().empty());
}

TEST_CASE("a copy of a buffer is its own; a moved-from one is empty") {
  byte_buffer original("010203"_hex);
  const byte_buffer copy = original;
  original.append(std::uint8_t{4});
  CHECK(to_hex(copy) == "010203");
  const byte_buffer moved = std::move(original);
  CHECK(to_hex(moved) == "01020304");
  byte_buffer assigned("ff"_hex);
  assigned = copy;
  CHECK(assigned == copy);
  CHECK_FALSE(assigned == moved);
}

TEST_CASE("extend makes room without touching what is there") {
  byte_buffer buffer("0102"_hex);
  std::uint8_t* const room = buffer.extend(2);
  room[0] = 3;
  room[1] = 4;
  CHECK(to_hex(buffer) == "01020304");
}

TEST_CASE("reserve keeps the size, truncate and clear keep the capacity") {
  byte_buffer buffer("010203"_hex);
  buffer.reserve(1000);
  CHECK(buffer.size() == 3);
  CHECK(buffer.capacity() >= 1000);
  buffer.reserve(10);
  CHECK(buffer.capacity() >= 1000);
  buffer.truncate(5);
  CHECK(buffer.size() == 3);
  buffer.truncate(1);
  CHECK(to_hex(buffer) == "01");
  buffer.clear();
  CHECK(buffer.empty());
  CHECK(buffer.capacity() >= 1000);
}

TEST_CASE("remove_front takes from the front, at most everything") {
  byte_buffer buffer("0102030405"_hex);
  buffer.remove_front(0);
  CHECK(buffer.size() == 5);
  buffer.remove_front(2);
  CHECK(to_hex(buffer) == "030405");
  buffer.remove_front(99);
  CHECK(buffer.empty());
}
