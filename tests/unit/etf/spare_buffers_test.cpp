#include <beamnode/etf/spare_buffers.hpp>

#include <doctest/doctest.h>

using namespace beamnode;
using etf::byte_buffer;
using etf::spare_buffers;

namespace {

constexpr std::size_t large = 4 * spare_buffers::smallest;

byte_buffer used(std::size_t size) {
  byte_buffer buffer;
  buffer.extend(size);
  return buffer;
}

/// Under AddressSanitizer nothing is kept.
bool keeps() {
  spare_buffers spares;
  spares.give(used(large));
  return spares.bytes() != 0;
}

TEST_CASE("a used buffer comes back empty, with its room and its memory") {
  if (!keeps()) return;
  spare_buffers spares;
  byte_buffer first = used(large);
  const std::uint8_t* const memory = first.data();
  spares.give(std::move(first));
  CHECK(spares.bytes() >= large);
  const byte_buffer again = spares.take(large - 100);
  CHECK(again.empty());
  CHECK(again.capacity() >= large);
  CHECK(again.data() == memory);
  CHECK(spares.bytes() == 0);
  CHECK(spares.take(large).capacity() == 0);
}

TEST_CASE("of several the smallest that will do is taken, and none that is far too large") {
  if (!keeps()) return;
  spare_buffers spares;
  for (const std::size_t size : {4 * large, large, 2 * large}) spares.give(used(size));
  CHECK(spares.take(large + 1).capacity() == 2 * large);
  CHECK(spares.take(large).capacity() == large);
  CHECK(spares.take(large - 1).capacity() == 0);
  CHECK(spares.take(4 * large).capacity() == 4 * large);
}

TEST_CASE("small buffers, too many, and too much are not kept") {
  spare_buffers spares;
  spares.give(used(spare_buffers::smallest - 1));
  CHECK(spares.bytes() == 0);
  CHECK(spares.take(spare_buffers::smallest - 1).capacity() == 0);
  for (std::size_t i = 0; i < 2 * spare_buffers::most_buffers; ++i) spares.give(used(large));
  CHECK(spares.bytes() <= spare_buffers::most_buffers * large);
  spares.clear();
  CHECK(spares.bytes() == 0);
  for (int i = 0; i < 3; ++i) spares.give(used(spare_buffers::most_bytes / 2));
  CHECK(spares.bytes() <= spare_buffers::most_bytes);
}

TEST_CASE("what nobody takes is given back to the system") {
  if (!keeps()) return;
  spare_buffers spares;
  const spare_buffers::time_point start{std::chrono::hours(1)};
  spares.give(used(large));
  spares.age(start);
  spares.give(used(large));
  spares.age(start + spare_buffers::patience - std::chrono::milliseconds(1));
  CHECK(spares.bytes() == 2 * large);
  spares.age(start + spare_buffers::patience);
  CHECK(spares.bytes() == large);
  spares.age(start + 3 * spare_buffers::patience);
  CHECK(spares.bytes() == 0);
}

}  // namespace
