#include <beamnode/node/gen_server.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {

struct count_down {
  std::int64_t from = 0;
};
struct print {
  std::string text;
};

// Its handlers ask for work; what is done, and when, is written to `out`.
task<> worker(process& self, trace& out) {
  co_await serve(self, on_cast([](std::int64_t n) { return continue_with(count_down{n}); }),
                 on_call([](literal<"reply">) {
                   return reply_and_continue("replied"_atom, print{"after the reply"});
                 }),
                 on_call([&](literal<"later">, const from& caller) {
                   self.reply(caller, "replied"_atom);
                   return continue_with(print{"after from"});
                 }),
                 on_cast([&](const std::string& text) { out.push_back(text); }),
                 on_continue([&](count_down c) -> task<continue_with<count_down>> {
                   out.push_back(std::to_string(c.from));
                   co_await self.sleep(1ms);
                   if (c.from == 0) throw exit_with("counted"_atom);
                   co_return continue_with(count_down{c.from - 1});
                 }),
                 on_continue([&](const print& p) { out.push_back(p.text); }));
}

task<> ended(process& self, pid server, trace& out) {
  const reference ref = self.monitor(server);
  out.push_back((co_await self.receive_down(ref)).reason.to_string());
}

}  // namespace

TEST_CASE("work that a handler asks for is done before the next message") {
  test_shard node;
  trace out;
  const pid server = node.spawn([&](process& self) { return worker(self, out); });
  node.root().cast(server, 2);
  node.root().cast(server, "next message");
  const trace seen = run_traced(
      node, [&](process& self, trace& ends) -> task<> { co_await ended(self, server, ends); });
  CHECK(out == trace{"2", "1", "0"});
  CHECK(seen == trace{"counted"});
}

TEST_CASE("a handler can reply and ask for work, at once or through from") {
  test_shard node;
  trace out;
  const pid server = node.spawn([&](process& self) { return worker(self, out); });
  const trace seen = run_traced(node, [&](process& self, trace& replies) -> task<> {
    replies.push_back((co_await self.call(server, "reply"_atom)).to_string());
    replies.push_back((co_await self.call(server, "later"_atom)).to_string());
  });
  CHECK(seen == trace{"replied", "replied"});
  CHECK(out == trace{"after the reply", "after from"});
}

TEST_CASE("a hundred thousand steps of work leave nothing behind on the way") {
  test_shard node;
  std::int64_t steps = 0;
  const pid server = node.spawn([&](process& self) -> task<> {
    co_await serve(self, on_cast([](std::int64_t n) { return continue_with(n); }),
                   on_call([&](literal<"steps">) { return steps; }),
                   on_continue([&](std::int64_t n) {
                     ++steps;
                     if (n == 0) throw exit_with("done"_atom);
                     return continue_with(n - 1);
                   }));
  });
  node.root().cast(server, 100'000);
  node.run();
  CHECK(steps == 100'001);
  CHECK_FALSE(node.alive(server));
}

TEST_CASE("after() runs when no message came, as often as that happens, and may end the server") {
  test_shard node;
  std::int64_t idle = 0;
  const pid server = node.spawn([&](process& self) -> task<> {
    co_await serve(self, on_cast([](literal<"busy">) {}),
                   on_call([&](literal<"idle">) { return idle; }), after(2s, [&] {
                     if (++idle == 3) throw exit_with("idle"_atom);
                   }));
  });
  for (int i = 0; i < 5; ++i) {
    node.advance(1900ms);
    node.root().cast(server, "busy"_atom);
    node.run();
  }
  CHECK(idle == 0);
  node.advance(2s);
  CHECK(idle == 1);
  node.root().send(server, "any message starts it anew"_atom);
  node.run();
  node.advance(1999ms);
  CHECK(idle == 1);
  node.advance(1ms);
  CHECK(idle == 2);
  node.advance(2s);
  CHECK_FALSE(node.alive(server));
}

TEST_CASE("after() can be a coroutine, and can ask for work") {
  test_shard node;
  trace out;
  node.spawn([&](process& self) -> task<> {
    co_await serve(self,
                   after(1s,
                         [&]() -> task<continue_with<print>> {
                           co_await self.sleep(500ms);
                           co_return continue_with(print{"work"});
                         }),
                   on_continue([&](const print& p) { out.push_back(p.text); }));
  });
  node.run();
  node.advance(1s);
  CHECK(out.empty());
  node.advance(500ms);
  CHECK(out == trace{"work"});
}

TEST_CASE("on_terminate runs with the reason of whatever the handlers throw") {
  test_shard node;
  trace out;
  const trace seen = run_traced(node, [&](process& self, trace& ends) -> task<> {
    const auto server = [&](process& me) -> task<> {
      co_await serve(me, on_cast([](literal<"exit">) { throw exit_with("left"_atom); }),
                     on_cast([](literal<"error">) { throw error_with("failed"_atom); }),
                     on_cast([](literal<"throw">) { throw throw_with("thrown"_atom); }),
                     on_cast([](literal<"native">) { throw std::runtime_error("native"); }),
                     on_terminate([&](const term& why) -> task<> {
                       co_await me.sleep(10ms);
                       out.push_back(why.to_string());
                     }));
    };
    for (const atom how : {"exit"_atom, "error"_atom, "throw"_atom, "native"_atom, "other"_atom}) {
      const pid one = self.spawn(server);
      const reference ref = self.monitor(one);
      self.cast(one, how);
      ends.push_back((co_await self.receive_down(ref)).reason.to_string());
    }
  });
  CHECK(seen == trace{"left", "{failed,[]}", "{{nocatch,thrown},[]}",
                      "{cxx_exception,<<\"native\">>}", "{bad_cast,other}"});
  CHECK(out == seen);
}

TEST_CASE("what on_terminate throws replaces the reason") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& ends) -> task<> {
    const pid server = self.spawn([](process& me) -> task<> {
      co_await serve(me, on_cast([](literal<"end">) { throw exit_with("first"_atom); }),
                     on_terminate([](const term&) { throw exit_with("second"_atom); }));
    });
    self.cast(server, "end"_atom);
    co_await ended(self, server, ends);
  });
  CHECK(seen == trace{"second"});
}

TEST_CASE("a killed server runs no on_terminate, but its destructors") {
  test_shard node;
  bool hook = false;
  bool destroyed = false;
  struct guard {
    bool& flag;
    ~guard() { flag = true; }
  };
  const pid server = node.spawn([&](process& self) -> task<> {
    const guard at_end{destroyed};
    co_await serve(self, on_terminate([&](const term&) { hook = true; }));
  });
  node.run();
  node.root().exit(server, "kill"_atom);
  node.run();
  CHECK_FALSE(node.alive(server));
  CHECK(destroyed);
  CHECK_FALSE(hook);
}

TEST_CASE("a server that traps exits ends with its parent, and only with its parent") {
  test_shard node;
  trace out;
  const trace seen = run_traced(node, [&](process& self, trace& ends) -> task<> {
    const pid parent = self.pid();
    const pid server = self.spawn([&, parent](process& me) -> task<> {
      me.trap_exit(true);
      co_await serve(
          me, child_of(parent),
          on_info([&](const exit_signal& e) { out.push_back("info " + e.reason.to_string()); }),
          on_terminate([&](const term& why) { out.push_back("terminate " + why.to_string()); }));
    });
    const pid stranger = self.spawn([](process& me) -> task<> { co_await me.sleep(1h); });
    co_await self.sleep(1ms);
    self.spawn([server](process& me) -> task<> {
      me.exit(server, "not_yours"_atom);
      co_return;
    });
    co_await self.sleep(1ms);
    const reference ref = self.monitor(server);
    self.exit(server, "shutdown"_atom);
    ends.push_back((co_await self.receive_down(ref)).reason.to_string());
    self.exit(stranger, "kill"_atom);
  });
  CHECK(seen == trace{"shutdown"});
  CHECK(out == trace{"info not_yours", "terminate shutdown"});
}

TEST_CASE("a message is taken by the first handler that fits, and by no other") {
  test_shard node;
  trace out;
  const pid server = node.spawn([&](process& self) -> task<> {
    co_await serve(self, on_cast([&](std::int64_t) { out.emplace_back("number"); }),
                   on_cast([&](const term&) { out.emplace_back("cast"); }),
                   on_info([&](std::int64_t) { out.emplace_back("number"); }),
                   on_info([&](const term&) { out.emplace_back("info"); }));
  });
  node.root().cast(server, 1);
  node.root().cast(server, "other"_atom);
  node.root().send(server, 1);
  node.root().send(server, "other"_atom);
  node.run();
  CHECK(out == trace{"number", "cast", "number", "info"});
}
