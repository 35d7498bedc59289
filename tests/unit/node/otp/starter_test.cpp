#include "otp/starter.hpp"

#include <beamnode/node/supervisor.hpp>

#include "support/test_shard.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

task<> echo(process& self) {
  for (;;) {
    const auto [from, what] = co_await self.receive<std::tuple<pid, term>>();
    self.send(from, what);
  }
}

task<> fussy(process& self, std::int64_t n) {
  if (n < 0) throw exit_with(tuple(atom("negative"), n));
  const term reason = co_await self.receive<term>();
  throw exit_with(reason);
}

struct starting_shard {
  std::vector<std::string> log;
  otp::exports functions{[this](std::string_view line) { log.emplace_back(line); }};
  test_shard node;

  starting_shard() {
    functions.add(atom("m"), atom("echo"), 0, detail::make_exported(echo));
    functions.add(atom("m"), atom("fussy"), 1, detail::make_exported(fussy));
    node.root().spawn({.name = "beamnode"}, &otp::starter, &functions);
    node.run();
  }
  // Runs `body` as a process that lives on, and traps exits.
  template <class F> pid run(F body) {
    const pid who = node.spawn([body](process& self) -> task<> {
      self.trap_exit(true);
      co_await body(self);
      co_await self.sleep(1h);
    });
    node.run();
    return who;
  }
};

task<term> start_link(process& self, std::string_view function, term arguments) {
  const auto request = tuple(atom("start_link"), atom("m"), atom(function), std::move(arguments));
  co_return co_await self.call<term>(registered("beamnode"), request);
}

}  // namespace

TEST_CASE("start_link gives the pid of a process that is up and linked to the caller") {
  starting_shard s;
  std::string order;
  std::string ended;
  s.run([&](process& self) -> task<> {
    const term answer = co_await start_link(self, "fussy", etf::list(1));
    order = answer[0].to_string();
    self.send(answer[1].as_pid().value(), atom("boom"));
    const exit_signal over = co_await self.receive<exit_signal>();
    if (over.from == answer[1].as_pid()) ended = over.reason.to_string();
  });
  CHECK(order == "ok");
  CHECK(ended == "boom");
}

TEST_CASE("the end of the caller ends what it started") {
  starting_shard s;
  pid child;
  const pid caller = s.run([&](process& self) -> task<> {
    const term answer = co_await start_link(self, "echo", etf::list());
    child = answer[1].as_pid().value();
  });
  CHECK(s.node.alive(child));
  s.node.root().exit(caller, atom("kill"));
  s.node.run();
  CHECK_FALSE(s.node.alive(child));
}

TEST_CASE("a start that fails is an answer, and no exit signal comes") {
  starting_shard s;
  std::vector<std::string> answers;
  bool signalled = false;
  s.run([&](process& self) -> task<> {
    answers.push_back((co_await start_link(self, "fussy", etf::list(-1))).to_string());
    answers.push_back((co_await start_link(self, "fussy", etf::list("text"))).to_string());
    answers.push_back((co_await start_link(self, "nothing", etf::list(1)))[1][0].to_string());
    answers.push_back((co_await self.call<term>(registered("beamnode"), 17)).to_string());
    signalled = (co_await self.receive<exit_signal>(1s)).has_value();
  });
  s.node.advance(2s);
  CHECK(answers == std::vector<std::string>{"{error,{negative,-1}}",
                                            "{error,{badarg,[{m,fussy,1,[]}]}}", "undef",
                                            "{error,{bad_call,17}}"});
  CHECK_FALSE(signalled);
}

TEST_CASE("supervisors start exported functions, of their own and for callers") {
  starting_shard s;
  const pid sup = s.node.spawn(
      supervisor(one_for_one, child({.id = "a", .restart = transient}, mfa("m", "fussy", 1))));
  s.node.run();
  std::vector<std::string> answers;
  s.run([&](process& self) -> task<> {
    const child_spec echoing = child("b", mfa("m", "echo"));
    const child_spec failing = child("c", mfa("m", "fussy", -1));
    const call_result<pid> b = co_await start_child(self, sup, echoing);
    self.send(b.value(), tuple(self.pid(), atom("hello")));
    answers.push_back((co_await self.receive<term>()).to_string());
    const call_result<pid> again = co_await start_child(self, sup, echoing);
    answers.push_back(again.error().reason[0].to_string());
    const call_result<pid> c = co_await start_child(self, sup, failing);
    answers.push_back(c.error().message());
    const term id = atom("b");
    static_cast<void>(co_await terminate_child(self, sup, id));
    static_cast<void>(co_await delete_child(self, sup, id));
    for (const child_info& one : co_await which_children(self, sup)) {
      answers.push_back(one.id.to_string() + (one.now ? " runs" : " does not run"));
    }
  });
  CHECK(answers == std::vector<std::string>{
                       "hello", "already_started",
                       "{{negative,-1},{child,undefined,c,{m,fussy,[-1]},permanent,false,5000,"
                       "worker,[m]}}",
                       "a runs"});
}

TEST_CASE("simple_one_for_one with an exported function: arguments are appended") {
  starting_shard s;
  const pid sup =
      s.node.spawn(supervisor(simple_one_for_one, child({.id = "d"}, mfa("m", "fussy"))));
  s.node.run();
  std::vector<std::string> answers;
  s.run([&](process& self) -> task<> {
    const call_result<pid> good = co_await start_child(self, sup, 5);
    const call_result<pid> bad = co_await start_child(self, sup, -5);
    answers.push_back(good ? "ok" : good.error().message());
    answers.push_back(bad ? "ok" : bad.error().message());
  });
  CHECK(answers == std::vector<std::string>{"ok", "{negative,-5}"});
}
