#include "dist/frame.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::frame_buffer;

constexpr std::size_t limit = 1'000'000;

byte_string frame(std::size_t size, std::uint8_t fill = 7) {
  return bytes_of(big(static_cast<std::uint32_t>(size)), byte_string(size, fill));
}

std::size_t put(frame_buffer& into, etf::bytes_view bytes) {
  const auto room = into.prepare();
  const std::size_t count = std::min(room.size(), bytes.size());
  std::ranges::copy(bytes.first(count), room.begin());
  into.commit(count);
  return count;
}

std::vector<byte_string> take_all(frame_buffer& from) {
  std::vector<byte_string> frames;
  while (true) {
    const auto next = from.next();
    REQUIRE_MESSAGE(next, next.error().message());
    if (!*next) return frames;
    frames.push_back(bytes_of(**next));
  }
}

TEST_CASE("frames come out whole, wherever the bytes are cut") {
  const byte_string all = bytes_of(frame(3, 1), frame(0), frame(1, 2), frame(300, 3));
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    CAPTURE(piece);
    frame_buffer buffer(limit);
    std::vector<byte_string> frames;
    for (std::size_t from = 0; from < all.size(); from += piece) {
      const auto part = etf::bytes_view(all).subspan(from, std::min(piece, all.size() - from));
      REQUIRE(put(buffer, part) == part.size());
      for (auto& each : take_all(buffer)) frames.push_back(std::move(each));
    }
    REQUIRE(frames.size() == 4);
    CHECK(frames[0] == byte_string(3, 1));
    CHECK(frames[1].empty());
    CHECK(frames[2] == byte_string(1, 2));
    CHECK(frames[3] == byte_string(300, 3));
  }
}

TEST_CASE("a view of a frame stays where it is until the next prepare") {
  frame_buffer buffer(limit);
  put(buffer, bytes_of(frame(3, 1), frame(2, 2)));
  const auto first = buffer.next();
  const auto second = buffer.next();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(bytes_of(**first) == byte_string(3, 1));
  CHECK(bytes_of(**second) == byte_string(2, 2));
}

TEST_CASE("a frame of exactly the limit is taken, one byte more is refused by its length alone") {
  frame_buffer exact(100);
  put(exact, frame(100));
  CHECK(take_all(exact).size() == 1);

  frame_buffer over(100);
  put(over, big(std::uint32_t{101}));
  const auto refused = over.next();
  REQUIRE(!refused);
  CHECK(refused.error().code() == dist::errc::frame_too_large);
  CHECK(refused.error().message() ==
        "the peer announced a frame above the limit: 101 bytes, at most 100 are accepted");
}

TEST_CASE("the length waits until all four bytes of it are there") {
  frame_buffer buffer(100);
  put(buffer, "ffffff"_hex);
  CHECK(take_all(buffer).empty());
  put(buffer, "ff"_hex);
  CHECK(!buffer.next());
}

TEST_CASE("a large length alone reserves nothing: room grows with what has arrived") {
  constexpr std::size_t size = 8'000'000;
  frame_buffer buffer(size);
  REQUIRE(put(buffer, big(std::uint32_t{size})) == 4);
  CHECK(!*buffer.next());
  std::size_t arrived = 4;
  const byte_string filling(size, 9);
  while (arrived < size + 4) {
    const auto room = buffer.prepare();
    REQUIRE(!room.empty());
    CHECK(room.size() <= std::max(arrived, frame_buffer::read_size));
    CHECK(arrived + room.size() <= size + 4);
    const std::size_t count = std::min<std::size_t>(room.size(), 50'000);
    std::ranges::copy(etf::bytes_view(filling).first(count), room.begin());
    buffer.commit(count);
    arrived += count;
    const auto next = buffer.next();
    REQUIRE(next);
    CHECK(next->has_value() == (arrived == size + 4));
    if (*next) CHECK((**next).size() == size);
  }
  // and what a large frame took is given back
  CHECK(buffer.prepare().size() == frame_buffer::read_size);
}

TEST_CASE("a refused length makes no room for its frame") {
  frame_buffer buffer(1000);
  put(buffer, big(std::uint32_t{0xFFFF'FFFF}));
  CHECK(!buffer.next());
  CHECK(buffer.prepare().size() <= frame_buffer::read_size);
}

TEST_CASE("many frames in a row are read from one buffer of constant size") {
  frame_buffer buffer(limit);
  const byte_string one = frame(1000);
  byte_string stream;
  for (int i = 0; i < 1000; ++i) stream.insert(stream.end(), one.begin(), one.end());
  std::size_t frames = 0;
  for (std::size_t from = 0; from < stream.size();) {
    const std::size_t count = std::min<std::size_t>(stream.size() - from, 7777);
    CHECK(buffer.prepare().size() <= frame_buffer::read_size);
    from += put(buffer, etf::bytes_view(stream).subspan(from, count));
    frames += take_all(buffer).size();
  }
  CHECK(frames == 1000);
}

TEST_CASE("frames that nobody takes yet leave room to read more") {
  frame_buffer buffer(limit);
  byte_string stream;
  for (int i = 0; i < 200; ++i) stream = bytes_of(stream, frame(1000));
  std::size_t reads = 0;
  for (std::size_t from = 0; from < stream.size(); ++reads) {
    from += put(buffer, etf::bytes_view(stream).subspan(from));
  }
  CHECK(reads < 20);
  CHECK(take_all(buffer).size() == 200);
}

TEST_CASE("more than the room there was cannot be committed") {
  frame_buffer buffer(limit);
  const auto room = buffer.prepare();
  std::ranges::fill(room, std::uint8_t{0});
  buffer.commit(room.size() + 1);
  CHECK(take_all(buffer).size() == room.size() / 4);
}

TEST_CASE("many buffers read into one shared room in turn, and keep only what waits") {
  etf::byte_buffer shared;
  constexpr std::size_t many = 10;
  std::vector<frame_buffer> buffers(many, frame_buffer(limit));
  byte_string stream;
  for (std::size_t size = 0; size < 3000; size += 7) {
    stream = bytes_of(stream, frame(size, static_cast<std::uint8_t>(size)));
  }
  std::vector<std::size_t> sent(many);
  std::vector<std::size_t> frames(many);
  for (std::size_t i = 0; sent[i % many] < stream.size(); ++i) {
    const std::size_t who = i % many;
    buffers[who].borrow(shared);
    CHECK(buffers[who].prepare().size() > frame_buffer::read_size);
    const std::size_t count = std::min<std::size_t>(stream.size() - sent[who], 777 + who);
    REQUIRE(put(buffers[who], etf::bytes_view(stream).subspan(sent[who], count)) == count);
    sent[who] += count;
    for (const byte_string& one : take_all(buffers[who])) {
      CHECK(one == byte_string(frames[who] * 7, static_cast<std::uint8_t>(frames[who] * 7)));
      ++frames[who];
    }
    buffers[who].give_back(shared);
    CHECK(shared.size() == frame_buffer::shared_size);
  }
}

TEST_CASE("a frame above the shared room is read into a buffer of its own") {
  etf::byte_buffer shared;
  frame_buffer buffer(limit);
  const byte_string stream = bytes_of(frame(10, 1), frame(900'000, 2), frame(10, 3));
  std::vector<std::size_t> sizes;
  for (std::size_t from = 0; from < stream.size();) {
    buffer.borrow(shared);
    from += put(buffer, etf::bytes_view(stream).subspan(from));
    for (const byte_string& one : take_all(buffer)) sizes.push_back(one.size());
    buffer.give_back(shared);
  }
  CHECK(sizes == std::vector<std::size_t>{10, 900'000, 10});
  buffer.borrow(shared);
  CHECK(buffer.prepare().size() == frame_buffer::shared_size);
}

}  // namespace
}  // namespace beamnode
