#include "net/backoff.hpp"

#include <doctest/doctest.h>

namespace beamnode {
namespace {

using net::backoff;
using namespace std::chrono_literals;

TEST_CASE("pauses double up to the longest, and start over after a success") {
  backoff pauses(500ms, 3s);
  for (const auto expected : {500ms, 1000ms, 2000ms, 3000ms, 3000ms, 3000ms}) {
    CHECK(pauses.next(0) == expected);
  }
  pauses.reset();
  CHECK(pauses.next(0) == 500ms);
}

TEST_CASE("randomness takes up to a half") {
  for (std::uint32_t random = 0; random < 1000; ++random) {
    backoff pauses(100ms, 100ms);
    const auto pause = pauses.next(random * 7919);
    CHECK(pause >= 50ms);
    CHECK(pause <= 100ms);
  }
  CHECK(backoff(100ms, 100ms).next(50) == 50ms);
  CHECK(backoff(100ms, 100ms).next(51) == 100ms);
}

TEST_CASE("senseless limits do not make a loop without pauses, nor overflow") {
  backoff none(0ms, 0ms);
  CHECK(none.next(0) == 1ms);
  CHECK(none.next(0xffffffff) >= 1ms);
  backoff negative(-5ms, -7ms);
  CHECK(negative.next(0) == 1ms);
  backoff reversed(500ms, 20ms);
  CHECK(reversed.next(0) == 500ms);
  CHECK(reversed.next(0) == 500ms);
  backoff endless(1h, backoff::pause::max());
  for (int i = 0; i < 100; ++i) CHECK(endless.next(0) >= 1h);
}

}  // namespace
}  // namespace beamnode
