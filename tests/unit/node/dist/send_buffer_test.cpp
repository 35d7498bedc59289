#include "dist/send_buffer.hpp"

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::send_buffer;

TEST_CASE("bytes that are being written stay in place while others are appended") {
  send_buffer buffer;
  buffer.growing().append("010203"_hex);
  const auto writing = buffer.begin_write();
  for (int i = 0; i < 10'000; ++i) buffer.growing().append("0405"_hex);
  CHECK(to_hex(writing) == "010203");
  CHECK(buffer.pending() == 20'003);

  buffer.written(1);
  CHECK(buffer.begin_write().data() == writing.data() + 1);
  CHECK(to_hex(buffer.begin_write()) == "0203");
  buffer.written(2);
  CHECK(buffer.begin_write().size() == 20'000);
}

TEST_CASE("what is appended goes out in order, whatever is written at once") {
  for (std::size_t at_once = 1; at_once < 9; ++at_once) {
    send_buffer buffer;
    byte_string out;
    for (std::uint8_t i = 0; i < 100; ++i) {
      buffer.growing().append(bytes_of(i, i, i));
      const auto bytes = buffer.begin_write().first(std::min(at_once, buffer.begin_write().size()));
      out.insert(out.end(), bytes.begin(), bytes.end());
      buffer.written(bytes.size());
    }
    while (buffer.pending() != 0) {
      const auto bytes = buffer.next();
      out.insert(out.end(), bytes.begin(), bytes.end());
      buffer.written(bytes.size());
    }
    REQUIRE(out.size() == 300);
    for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == i / 3);
  }
}

TEST_CASE("next() shows what begin_write() would, also in the middle of a write") {
  send_buffer buffer;
  CHECK(buffer.next().empty());
  CHECK(buffer.begin_write().empty());
  buffer.growing().append("0102"_hex);
  CHECK(to_hex(buffer.next()) == "0102");
  buffer.growing().append("03"_hex);
  buffer.written(1);
  CHECK(to_hex(buffer.next()) == "0203");
  CHECK(to_hex(buffer.begin_write()) == "0203");
}

TEST_CASE("more than there was cannot be written") {
  send_buffer buffer;
  buffer.growing().append("0102"_hex);
  buffer.written(100);
  CHECK(buffer.pending() == 0);
  buffer.growing().append("03"_hex);
  CHECK(to_hex(buffer.begin_write()) == "03");
}

TEST_CASE("a half that was used for something large is given back") {
  send_buffer buffer;
  buffer.growing().append(byte_string(send_buffer::kept_size + 1, 0));
  buffer.written(buffer.begin_write().size());
  buffer.growing().append("01"_hex);
  buffer.written(buffer.begin_write().size());
  CHECK(buffer.growing().capacity() < send_buffer::kept_size);
}

}  // namespace
}  // namespace beamnode
