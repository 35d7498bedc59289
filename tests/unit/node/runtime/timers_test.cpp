#include "runtime/timers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace beamnode;
using namespace std::chrono_literals;
using runtime::timers;

namespace {

struct noted : runtime::timer {
  explicit noted(std::vector<int>& to, int which) : fired(to), number(which) {
    fire = [](runtime::timer& t) {
      auto& self = static_cast<noted&>(t);
      self.fired.push_back(self.number);
    };
  }
  std::vector<int>& fired;
  int number;
};

timers::time_point at(std::chrono::milliseconds ms) { return timers::time_point(ms); }

}  // namespace

TEST_CASE("timers fire by deadline, and in the order of arming where that is equal") {
  timers heap;
  std::vector<int> fired;
  noted a(fired, 1), b(fired, 2), c(fired, 3), d(fired, 4);
  heap.arm(a, at(30ms));
  heap.arm(b, at(10ms));
  heap.arm(c, at(20ms));
  heap.arm(d, at(10ms));
  CHECK(heap.next() == at(10ms));
  heap.advance(at(9ms));
  CHECK(fired.empty());
  heap.advance(at(20ms));
  CHECK(fired == std::vector<int>{2, 4, 3});
  heap.advance(at(1s));
  CHECK(fired == std::vector<int>{2, 4, 3, 1});
  CHECK_FALSE(heap.next().has_value());
}

TEST_CASE("a cancelled timer never fires, and may be armed again") {
  timers heap;
  std::vector<int> fired;
  noted a(fired, 1), b(fired, 2);
  heap.arm(a, at(10ms));
  heap.arm(b, at(20ms));
  heap.cancel(a);
  heap.cancel(a);
  heap.advance(at(15ms));
  CHECK(fired.empty());
  heap.arm(a, at(40ms));
  heap.arm(b, at(50ms));  // moved
  heap.advance(at(45ms));
  CHECK(fired == std::vector<int>{1});
  heap.cancel(b);
}

TEST_CASE("thousands of timers armed and cancelled at random fire in order") {
  std::mt19937 random(1);
  timers heap;
  std::vector<int> fired;
  std::vector<timers::time_point> deadlines;
  std::vector<noted> all;
  all.reserve(5000);
  for (int i = 0; i < 5000; ++i) {
    noted& t = all.emplace_back(fired, i);
    deadlines.push_back(at(std::chrono::milliseconds(random() % 1000)));
    heap.arm(t, deadlines.back());
    CHECK(heap.deadline_of(t) == deadlines.back());
  }
  std::size_t cancelled = 0;
  for (noted& t : all) {
    if (random() % 3 == 0) {
      heap.cancel(t);
      ++cancelled;
    }
  }
  heap.advance(at(2s));
  CHECK(fired.size() == all.size() - cancelled);
  CHECK(std::ranges::is_sorted(fired, [&](int x, int y) {
    return deadlines[static_cast<std::size_t>(x)] < deadlines[static_cast<std::size_t>(y)];
  }));
}
