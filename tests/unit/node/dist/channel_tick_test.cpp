#include <doctest/doctest.h>

#include "dist/channel.hpp"
#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;
using namespace std::chrono_literals;
using dist::channel;
using action = dist::channel::tick_action;

const byte_string tick = "00000000"_hex;

// 60 s in 4 parts: a tick after 15 s of our silence, death after 75 s of theirs.
channel usual() { return {{}, at(0s)}; }

TEST_CASE("a tick is sent when nothing was written for a quarter of the tick time") {
  channel c = usual();
  CHECK(c.next_tick() == at(15s));
  CHECK(c.on_tick(at(15s) - 1ns) == action::none);
  CHECK(c.pending_output() == 0);
  CHECK(c.on_tick(at(15s)) == action::sent_tick);
  CHECK(to_hex(drained(c, at(15s))) == to_hex(tick));
  CHECK(c.next_tick() == at(30s));
  CHECK(c.on_tick(at(16s)) == action::none);
}

TEST_CASE("a write of any kind puts off the next tick") {
  channel c = usual();
  CHECK(c.send(alice, dist::link{alice, bob}));
  drained(c, at(10s));
  CHECK(c.next_tick() == at(25s));
  CHECK(c.on_tick(at(15s)) == action::none);
  CHECK(c.on_tick(at(25s)) == action::sent_tick);
}

TEST_CASE("what waits to be written is sign of life enough, and nothing spins meanwhile") {
  channel c = usual();
  CHECK(c.send(alice, dist::link{alice, bob}));
  const std::size_t waiting = c.pending_output();
  CHECK(c.on_tick(at(15s)) == action::none);
  CHECK(c.pending_output() == waiting);
  CHECK(c.next_tick() == at(30s));
}

TEST_CASE("a tick that was not written yet is not followed by another one") {
  channel c = usual();
  CHECK(c.on_tick(at(15s)) == action::sent_tick);
  CHECK(c.on_tick(at(30s)) == action::none);
  CHECK(c.pending_output() == tick.size());
}

TEST_CASE("the peer is dead after the tick time and one tick more without a byte") {
  channel c = usual();
  for (auto now = 15s; now < 75s; now += 15s) {
    CHECK(c.on_tick(at(now)) == action::sent_tick);
    drained(c, at(now));
  }
  CHECK(c.next_tick() == at(75s));
  CHECK(c.on_tick(at(75s) - 1ns) != action::peer_dead);
  CHECK(c.on_tick(at(75s)) == action::peer_dead);
  CHECK(c.on_tick(at(76s)) == action::peer_dead);
}

TEST_CASE("every byte counts as life, also inside a frame that takes its time") {
  channel c = usual();
  receive(c, big(std::uint32_t{100}), SIZE_MAX, at(1s));
  for (auto now = 60s; now < 600s; now += 60s) {
    CHECK(c.on_tick(at(now)) != action::peer_dead);
    receive(c, "70"_hex, SIZE_MAX, at(now));
    CHECK(!*c.next());
    drained(c, at(now));
  }
  CHECK(c.on_tick(at(540s + 75s)) == action::peer_dead);
}

TEST_CASE("a read of nothing is no sign of life") {
  channel c = usual();
  c.commit(0, at(74s));
  CHECK(c.on_tick(at(75s)) == action::peer_dead);
}

TEST_CASE("a tick is not a message, and what follows it comes out") {
  channel c = usual();
  channel peer = usual();
  CHECK(peer.send(alice, dist::link{alice, bob}));
  receive(c, bytes_of(tick, tick, drained(peer), tick));
  const auto event = c.next();
  REQUIRE(event);
  REQUIRE(*event);
  CHECK(std::holds_alternative<dist::link>((*event)->control));
  CHECK(!*c.next());
  CHECK(c.counters().messages_in == 1);
}

TEST_CASE("a tick is answered if nothing was written for a second: the peer's time may be short") {
  channel c = usual();
  receive(c, tick, SIZE_MAX, at(2s));
  CHECK(!*c.next());
  CHECK(to_hex(drained(c, at(2s))) == to_hex(tick));
  CHECK(c.next_tick() == at(17s));
}

TEST_CASE("one tick is answered at most once a second, however many come") {
  channel c = usual();
  receive(c, bytes_of(tick, tick, tick), SIZE_MAX, at(2s));
  CHECK(!*c.next());
  CHECK(to_hex(drained(c, at(2s))) == to_hex(tick));
  receive(c, bytes_of(tick, tick), SIZE_MAX, at(3s) - 1ns);
  CHECK(!*c.next());
  CHECK(c.pending_output() == 0);
  receive(c, tick, SIZE_MAX, at(3s));
  CHECK(!*c.next());
  CHECK(c.pending_output() == tick.size());
}

TEST_CASE("a tick is not answered while something else waits to be written") {
  channel c = usual();
  CHECK(c.send(alice, dist::link{alice, bob}));
  const std::size_t waiting = c.pending_output();
  receive(c, tick, SIZE_MAX, at(2s));
  CHECK(!*c.next());
  CHECK(c.pending_output() == waiting);
}

TEST_CASE("two channels keep each other alive and do not play ping-pong") {
  channel a = usual();
  channel b({.tick_time = 8s, .tick_intensity = 4}, at(0s));
  std::size_t ticks = 0;
  for (auto now = 0ms; now < 600s; now += 100ms) {
    REQUIRE(a.on_tick(at(now)) != action::peer_dead);
    REQUIRE(b.on_tick(at(now)) != action::peer_dead);
    const byte_string from_a = drained(a, at(now));
    const byte_string from_b = drained(b, at(now));
    ticks += (from_a.size() + from_b.size()) / tick.size();
    receive(a, from_b, SIZE_MAX, at(now));
    receive(b, from_a, SIZE_MAX, at(now));
    REQUIRE(!*a.next());
    REQUIRE(!*b.next());
  }
  // b ticks every 2 s, a answers each
  CHECK(ticks >= 590);
  CHECK(ticks <= 610);
}

TEST_CASE("an intensity of 0 is taken for 1") {
  channel c({.tick_time = 8s, .tick_intensity = 0}, at(0s));
  CHECK(c.next_tick() == at(8s));
}

}  // namespace
}  // namespace beamnode
