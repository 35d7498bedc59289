// How many messages receives look at, counted: not how long they take.
#include "support/test_shard.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

constexpr int many = 100'000;

void fill(process& self, const pid& to) {
  for (int i = 0; i < many; ++i) self.send(to, tuple(atom("unwanted"), i));
}

using wanted = std::tuple<etf::literal<"wanted">, std::int64_t>;

task<> answer_calls(process& self) {
  const auto answer = [](std::int64_t n) { return n + 1; };
  co_await serve(self, on_call(answer));
}

task<> end_when_told(process& self) { static_cast<void>(co_await self.receive<message>()); }

// What `body` looks at when `many` messages that nobody wants were there first.
template <class Body> std::uint64_t examined_behind_many(Body body) {
  test_shard node;
  std::uint64_t before = 0;
  bool done = false;
  const pid p = node.spawn([&](process& self) -> task<> {
    // All of them have come when this has.
    static_cast<void>(co_await self.receive<etf::literal<"begin">>());
    before = node.shard.messages_examined();
    co_await body(self);
    before = node.shard.messages_examined() - before;
    done = true;
  });
  fill(node.root(), p);
  node.root().send(p, atom("begin"));
  node.run();
  for (int i = 0; i < 100 && !done; ++i) node.advance(1s);
  CHECK(done);
  return before;
}

}  // namespace

TEST_CASE("a loop of equal receives looks at each message once") {
  const auto body = [](process& self) -> task<> {
    for (std::int64_t i = 0; i < 50; ++i) {
      self.send(self.pid(), tuple(atom("wanted"), i));
      const auto got = co_await self.receive<wanted>();
      CHECK(std::get<1>(got) == i);
    }
  };
  CHECK(examined_behind_many(body) == many + 50);
}

TEST_CASE("a loop of equal clauses looks at each message once, with timeouts too") {
  const auto body = [](process& self) -> task<> {
    for (std::int64_t i = 0; i < 20; ++i) {
      if (i % 2 == 0) self.send(self.pid(), tuple(atom("wanted"), i));
      co_await self.receive([](wanted) {}, after(1ms, [] {}));
    }
  };
  CHECK(examined_behind_many(body) == many + 10);
}

TEST_CASE("a receive for other shapes begins at the oldest message") {
  const auto body = [](process& self) -> task<> {
    self.send(self.pid(), tuple(atom("wanted"), 1));
    static_cast<void>(co_await self.receive<wanted>());
    const auto oldest = co_await self.receive<std::tuple<atom, std::int64_t>>();
    CHECK(std::get<1>(oldest) == 0);
  };
  CHECK(examined_behind_many(body) == many + 1 + 1);
}

TEST_CASE("a call finds its reply behind a hundred thousand messages at once") {
  const auto body = [](process& self) -> task<> {
    const pid server = self.spawn(answer_calls);
    for (std::int64_t i = 0; i < 10; ++i) {
      const auto reply = co_await self.call<std::int64_t>(server, i);
      CHECK(reply == i + 1);
    }
  };
  CHECK(examined_behind_many(body) == 2 * 10);  // the server looks at the calls
}

TEST_CASE("calls in between do not send an equal receive back to the front") {
  const auto body = [](process& self) -> task<> {
    const pid server = self.spawn(answer_calls);
    for (std::int64_t i = 0; i < 10; ++i) {
      self.send(self.pid(), tuple(atom("wanted"), i));
      static_cast<void>(co_await self.receive<wanted>());
      static_cast<void>(co_await self.call<std::int64_t>(server, i));
      co_await self.sleep(1ms);
    }
  };
  CHECK(examined_behind_many(body) == many + 3 * 10);
}

TEST_CASE("the 'DOWN' of a monitor is found at once, of several in any order") {
  const auto body = [](process& self) -> task<> {
    const auto [first, first_ref] = self.spawn_monitor(end_when_told);
    const auto [second, second_ref] = self.spawn_monitor(end_when_told);
    self.send(first, 0);
    self.send(second, 0);
    CHECK((co_await self.receive_down(second_ref)).reason == atom("normal"));
    CHECK((co_await self.receive_down(first_ref)).reason == atom("normal"));
  };
  CHECK(examined_behind_many(body) <= 8);
}

TEST_CASE("a sleep looks at nothing that was there") {
  const auto body = [](process& self) -> task<> { co_await self.sleep(1ms); };
  CHECK(examined_behind_many(body) == 0);
}

TEST_CASE("a message that came before a reference is never taken for its answer's place") {
  // The reference is made while the mailbox is empty, then it fills.
  test_shard node;
  std::string reason;
  const pid child = node.spawn(end_when_told);
  const pid p = node.spawn([&](process& self) -> task<> {
    const reference ref = self.monitor(child);
    static_cast<void>(co_await self.receive<etf::literal<"begin">>());
    reason = (co_await self.receive_down(ref)).reason.to_string();
  });
  node.run();
  node.root().send(child, 0);
  node.run();
  fill(node.root(), p);
  node.root().send(p, atom("begin"));
  node.run();
  CHECK(reason == "normal");
}
