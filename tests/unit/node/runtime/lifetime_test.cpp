// Every construction has its destruction: around each kind of suspension, whatever ends the
// process.
#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

struct counted {
  explicit counted(int& n) : living(&n) { ++*living; }
  counted(const counted& other) : counted(*other.living) {}
  counted(counted&& other) noexcept : counted(*other.living) {}
  counted& operator=(const counted&) = delete;
  ~counted() { --*living; }
  int* living;
};

using suspension = std::function<task<>(process&, counted)>;

task<> nested(process& self, counted outer, suspension where) {
  const counted inner = outer;
  co_await where(self, inner);
}

const std::vector<std::pair<const char*, suspension>>& suspensions() {
  static const std::vector<std::pair<const char*, suspension>> all = {
      {"receive<T>",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         static_cast<void>(co_await self.receive<std::tuple<int, int, int>>());
       }},
      {"receive<T> with timeout",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         static_cast<void>(co_await self.receive<std::tuple<int, int, int>>(1h));
       }},
      {"clauses with after",
       [](process& self, counted c) -> task<> {
         const auto clause = [c](std::tuple<int, int>) {};
         const auto late = [c] {};
         co_await self.receive(clause, after(1h, late));
       }},
      {"inside a clause that is a coroutine",
       [](process& self, counted c) -> task<> {
         self.send(self.pid(), 1);
         const auto clause = [&self, c](std::int64_t) -> task<> { co_await self.sleep(1h); };
         co_await self.receive(clause);
       }},
      {"sleep",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         co_await self.sleep(1h);
       }},
      {"call",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         co_await self.call(registered("server", "there@host"), 1, 1h);
       }},
      {"rpc",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         co_await self.rpc("there@host", mfa("m", "f"));
       }},
      {"serve",
       [](process& self, counted c) -> task<> {
         const auto answer = [c](std::int64_t n) { return n; };
         co_await serve(self, on_call(answer));
       }},
      {"remote spawn",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         static_cast<void>(co_await self.spawn("there@host", mfa("m", "f")));
       }},
      {"receive of several types",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         static_cast<void>(
             co_await self.receive<std::tuple<int, int>, std::tuple<int, int, int>>());
       }},
      {"receive_down",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         static_cast<void>(co_await self.receive_down(self.monitor(self.pid())));
       }},
      {"yield",
       [](process& self, counted c) -> task<> {
         const counted local = c;
         for (;;) co_await self.yield();
       }},
  };
  return all;
}

}  // namespace

// Frames, messages and records of processes that this thread has.
std::ptrdiff_t blocks() { return runtime::pool::blocks_in_use; }

TEST_CASE("a process that is killed where it waits leaves nothing behind") {
  for (const auto& [name, where] : suspensions()) {
    CAPTURE(std::string(name));
    int living = 0;
    test_shard node;
    const std::ptrdiff_t before = blocks();
    const pid p = node.spawn(nested, counted(living), where);
    node.shard.run(node.now, 100);
    CHECK(node.alive(p));
    CHECK(living > 0);
    node.root().send(p, atom("nobody wants this"));
    node.root().exit(p, atom("kill"));
    node.run();
    CHECK_FALSE(node.alive(p));
    CHECK(living == 0);
    CHECK(blocks() == before);
    CHECK_FALSE(node.shard.clock().next().has_value());
    node.advance(2h);
  }
}

TEST_CASE("a node that ends destroys its processes where they wait") {
  for (const auto& [name, where] : suspensions()) {
    CAPTURE(std::string(name));
    int living = 0;
    const std::ptrdiff_t before = blocks();
    {
      test_shard node;
      const pid p = node.spawn(nested, counted(living), where);
      node.shard.run(node.now, 100);
      node.root().send(p, atom("nobody wants this"));
      static_cast<void>(node.root().send_after(1h, p, atom("too late")));
      node.spawn(nested, counted(living), where);  // never ran
    }
    CHECK(living == 0);
    CHECK(blocks() == before);
  }
}

TEST_CASE("a process that ends by itself leaves nothing behind, timeouts and timers neither") {
  int living = 0;
  test_shard node;
  const std::ptrdiff_t before = blocks();
  const auto body = [](process& self, counted c) -> task<> {
    const counted local = c;
    const reference late = self.send_after(1h, self.pid(), atom("late"));
    const auto none = co_await self.receive<std::tuple<int, int>>(1ms);
    CHECK_FALSE(none.has_value());
    co_await self.sleep(1ms);
    CHECK(self.cancel_timer(late).has_value());
    CHECK_FALSE(self.cancel_timer(late).has_value());
  };
  node.spawn(body, counted(living));
  node.run();
  CHECK(living > 0);
  for (int i = 0; i < 5; ++i) node.advance(1ms);
  CHECK(living == 0);
  CHECK(blocks() == before);
}

TEST_CASE("the loss of a node ends what waits for it, with Erlang's reasons") {
  int living = 0;
  {
    test_shard node;
    for (const auto& [name, where] : suspensions()) node.spawn(nested, counted(living), where);
    node.shard.run(node.now, 1000);
    const std::size_t before = node.shard.process_count();
    node.shard.node_down(atom("there@host"));
    node.shard.run(node.now, 1000);
    CHECK(node.shard.process_count() == before - 3);  // call, rpc, remote spawn
  }
  CHECK(living == 0);
}

TEST_CASE("destructors of a dying process may still use self") {
  test_shard node;
  std::string seen;
  const pid heir = node.spawn(
      [&](process& self) -> task<> { seen = (co_await self.receive<term>()).to_string(); });
  struct will {
    process& self;
    pid heir;
    ~will() { self.send(heir, atom("all to you")); }
  };
  const pid p = node.spawn([&](process& self) -> task<> {
    const will last{self, heir};
    co_await self.sleep(1h);
  });
  node.run();
  node.root().exit(p, atom("kill"));
  node.run();
  CHECK(seen == "'all to you'");
}
