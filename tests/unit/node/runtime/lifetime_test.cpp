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
  };
  return all;
}

}  // namespace

TEST_CASE("a process that is killed where it waits leaves nothing behind") {
  for (const auto& [name, where] : suspensions()) {
    CAPTURE(std::string(name));
    int living = 0;
    {
      test_shard node;
      const pid p = node.spawn(nested, counted(living), where);
      node.run();
      CHECK(node.alive(p));
      CHECK(living > 0);
      node.root().exit(p, atom("kill"));
      node.run();
      CHECK_FALSE(node.alive(p));
      CHECK(living == 0);
      CHECK_FALSE(node.shard.clock().next().has_value());
      node.advance(2h);
    }
  }
}

TEST_CASE("a node that ends destroys its processes where they wait") {
  for (const auto& [name, where] : suspensions()) {
    CAPTURE(std::string(name));
    int living = 0;
    {
      test_shard node;
      node.spawn(nested, counted(living), where);
      node.run();
      node.spawn(nested, counted(living), where);  // never ran
    }
    CHECK(living == 0);
  }
}

TEST_CASE("the loss of a node ends what waits for it, with Erlang's reasons") {
  int living = 0;
  {
    test_shard node;
    for (const auto& [name, where] : suspensions()) node.spawn(nested, counted(living), where);
    node.run();
    const std::size_t before = node.shard.process_count();
    node.shard.node_down(atom("there@host"));
    node.run();
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
