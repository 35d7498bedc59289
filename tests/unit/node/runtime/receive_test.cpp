#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;
using ping = std::tuple<etf::literal<"ping">, std::int64_t>;
using text = std::tuple<etf::literal<"text">, std::string>;

auto say(const char* tag, auto value) { return tuple(atom(tag), value); }

/// What cannot be read without an exception.
struct thorn {};

}  // namespace

template <> struct beamnode::etf::codec<thorn> {
  static thorn decode(reader& r) {
    r.skip();
    throw std::runtime_error("a thorn");
  }
};

TEST_CASE("a typed receive takes the first message of its type and leaves the others") {
  test_shard node;
  trace seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    const auto [tag, n] = co_await self.receive<ping>();
    seen.push_back("ping " + std::to_string(n));
    const auto [other, s] = co_await self.receive<text>();
    seen.push_back("text " + s);
  });
  node.root().send(p, say("text", std::string("early")));
  node.root().send(p, say("ping", "not a number"));
  node.root().send(p, say("ping", 7));
  node.run();
  CHECK(seen == trace{"ping 7", "text early"});
  CHECK_FALSE(node.alive(p));
}

TEST_CASE("a receive of several types gives what came first") {
  test_shard node;
  std::vector<std::size_t> seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (int i = 0; i < 2; ++i) {
      const std::variant<ping, text> got = co_await self.receive<ping, text>();
      seen.push_back(got.index());
    }
  });
  node.root().send(p, say("text", std::string("x")));
  node.root().send(p, say("ping", 1));
  node.run();
  CHECK(seen == std::vector<std::size_t>{1, 0});
}

TEST_CASE("clauses are tried in order on each message, and may be coroutines") {
  test_shard node;
  trace seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (int i = 0; i < 3; ++i) {
      const std::string which = co_await self.receive([](ping) { return std::string("ping"); },
                                                      [&](text t) -> task<std::string> {
                                                        co_await self.sleep(10ms);
                                                        co_return "text " + std::get<1>(t);
                                                      },
                                                      [](const term& t) { return t.to_string(); });
      seen.push_back(which);
    }
  });
  node.root().send(p, atom("other"));
  node.root().send(p, say("text", std::string("slow")));
  node.root().send(p, say("ping", 1));
  node.run();
  CHECK(seen == trace{"other"});
  node.advance(10ms);
  CHECK(seen == trace{"other", "text slow", "ping"});
}

TEST_CASE("after() runs when nothing fitting came in time, and only then") {
  test_shard node;
  trace seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (int i = 0; i < 2; ++i) {
      co_await self.receive([&](ping) { seen.emplace_back("ping"); },
                            after(100ms, [&] { seen.emplace_back("timeout"); }));
    }
    // A message that is there is taken even if there is no time to wait.
    co_await self.receive([&](text) { seen.emplace_back("text"); },
                          after(0ms, [&] { seen.emplace_back("none"); }));
    co_await self.receive([&](text) { seen.emplace_back("text"); },
                          after(0ms, [&] { seen.emplace_back("none"); }));
  });
  node.run();
  node.advance(50ms);
  node.root().send(p, say("text", std::string("not what it waits for")));
  node.run();
  node.advance(49ms);
  CHECK(seen.empty());
  node.advance(1ms);
  CHECK(seen == trace{"timeout"});
  node.root().send(p, say("ping", 1));
  node.advance(1s);
  CHECK(seen == trace{"timeout", "ping", "text", "none"});
}

TEST_CASE("a receive with a timeout gives nothing when time is up") {
  test_shard node;
  trace seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (int i = 0; i < 2; ++i) {
      const std::optional<ping> got = co_await self.receive<ping>(1s);
      seen.emplace_back(got ? "ping" : "nothing");
    }
  });
  node.run();
  node.advance(1s);
  node.root().send(p, say("ping", 1));
  node.run();
  CHECK(seen == trace{"nothing", "ping"});
}

TEST_CASE("a process with a full mailbox does not keep others from running") {
  test_shard node;
  std::vector<char> order;
  const auto counting = [&](process& self, char name) -> task<> {
    for (int i = 0; i < 2000; ++i) {
      static_cast<void>(co_await self.receive<std::int64_t>());
      if (i % 500 == 0) order.push_back(name);
    }
  };
  const pid a = node.spawn(counting, 'a');
  const pid b = node.spawn(counting, 'b');
  for (std::int64_t i = 0; i < 2000; ++i) {
    node.root().send(a, i);
    node.root().send(b, i);
  }
  node.run();
  REQUIRE(order.size() == 8);
  int lead = 0;  // how far one is ahead of the other
  for (const char name : order) {
    lead += name == 'a' ? 1 : -1;
    CHECK(std::abs(lead) <= 2);
  }
}

TEST_CASE("a loop that yields lets others run, can be killed, and waits for a slow peer") {
  test_shard node;
  std::int64_t turns = 0;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (;;) {
      self.send(stranger(), ++turns);
      co_await self.yield();
    }
  });
  node.outside.ready = false;
  node.run();
  CHECK(turns == 1);
  node.outside.ready = true;
  node.shard.unblock(p);
  CHECK(node.shard.run(node.now, 3));  // still runnable
  const std::int64_t before = turns;
  CHECK(before > 100);
  node.root().exit(p, atom("kill"));
  node.run();
  CHECK_FALSE(node.alive(p));
}

TEST_CASE("a million awaits of a task that never suspends use no stack") {
  test_shard node;
  std::int64_t sum = 0;
  struct local {
    static task<std::int64_t> one() { co_return 1; }
  };
  node.spawn([&](process&) -> task<> {
    for (int i = 0; i < 1'000'000; ++i) sum += co_await local::one();
  });
  node.run();
  CHECK(sum == 1'000'000);
}

TEST_CASE("arguments that a body takes by reference live as long as the process") {
  test_shard node;
  std::string seen;
  struct local {
    static task<> body(process& self, const std::string& text, std::string* out) {
      co_await self.sleep(1ms);
      *out = text;
    }
  };
  node.spawn(local::body, std::string(100, 'x'), &seen);
  node.run();
  node.advance(1ms);
  CHECK(seen == std::string(100, 'x'));
}

TEST_CASE("a codec that throws ends the process that receives with it, as if its body had thrown") {
  for (const bool waits : {true, false}) {
    for (const duration timeout : {duration::max(), duration::zero()}) {
      CAPTURE(waits);
      test_shard node;
      bool received = false;
      const pid p = node.spawn([&](process& self) -> task<> {
        if (!waits) co_await self.sleep(1ms);
        static_cast<void>(co_await self.receive<thorn>(timeout));
        received = true;
      });
      std::string reason;
      node.spawn([&](process& self) -> task<> {
        const reference ref = self.monitor(p);
        reason = (co_await self.receive_down(ref)).reason.to_string();
      });
      if (waits) node.run();
      node.root().send(p, 1);
      node.run();
      node.advance(1ms);
      node.run();
      if (waits && timeout == duration::zero()) continue;  // gone before the message came
      CHECK(reason == R"({cxx_exception,<<"a thorn">>})");
      CHECK_FALSE(received);
      CHECK_FALSE(node.alive(p));
    }
  }
}
