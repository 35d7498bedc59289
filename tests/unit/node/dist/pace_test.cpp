#include "dist/pace.hpp"

#include <doctest/doctest.h>

namespace beamnode {
namespace {

using namespace std::chrono_literals;
using dist::pace;

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
constexpr pace::time_point start{1h};

TEST_CASE("a pace is what leaves while more waits, after the first write") {
  pace p;
  CHECK(p.bytes_in(1s) == 0);
  p.wrote(500 * mebibyte, start, true);  // what the system took at once
  CHECK(p.bytes_in(1s) == 0);
  for (int i = 1; i <= 16; ++i) p.wrote(mebibyte, start + i * 10ms, true);
  CHECK(p.bytes_in(1s) == 100 * mebibyte);
  CHECK(p.bytes_in(10ms) == mebibyte);
}

TEST_CASE("pauses do not count") {
  pace p;
  p.wrote(1, start, true);
  p.wrote(mebibyte, start + 10ms, false);  // nothing left to write
  p.wrote(mebibyte, start + 1h, true);
  for (int i = 1; i <= 16; ++i) p.wrote(mebibyte, start + 1h + i * 5ms, true);
  CHECK(p.bytes_in(1s) == 200 * mebibyte);
}

TEST_CASE("a little that leaves at once says nothing") {
  pace p;
  p.wrote(1, start, true);
  p.wrote(mebibyte, start + 1us, true);
  CHECK(p.bytes_in(1s) == 0);
  p.wrote(mebibyte, start + 2us, false);
  CHECK(p.bytes_in(1s) == 0);
}

TEST_CASE("no time between writes is no pace") {
  pace p;
  p.wrote(1, start, true);
  p.wrote(100 * mebibyte, start, true);
  CHECK(p.bytes_in(1s) == 0);
}

}  // namespace
}  // namespace beamnode
