// Links, monitors and exits between processes of one node, as Erlang's reference manual has them
// (Processes: Errors, Links, Monitors).
#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

// Notes every message it gets as text.
auto listener(trace& seen, bool trap = false) {
  return [&seen, trap](process& self) -> task<> {
    self.trap_exit(trap);
    for (;;) {
      const term t = co_await self.receive<term>();
      if (t == atom("stop")) co_return;
      seen.push_back(t.to_string());
    }
  };
}

task<> idle(process& self) {
  for (;;) static_cast<void>(co_await self.receive<message>());
}

task<> die_when_told(process& self) {
  const term reason = co_await self.receive<term>();
  if (reason == atom("return")) co_return;
  throw exit_with(reason);
}

}  // namespace

TEST_CASE("an abnormal exit takes linked processes with it, a normal one does not") {
  test_shard node;
  pid linked;
  const auto parent = [&](process& self) -> task<> {
    linked = self.spawn_link(die_when_told);
    co_await idle(self);
  };
  const pid first = node.spawn(parent);
  node.run();
  node.root().send(linked, atom("return"));
  node.run();
  CHECK(node.alive(first));
  const pid second = node.spawn(parent);
  node.run();
  node.root().send(linked, atom("crash"));
  node.run();
  CHECK(node.alive(first));
  CHECK_FALSE(node.alive(second));
}

TEST_CASE("a process that traps exits gets them as messages, also normal ones") {
  test_shard node;
  trace seen;
  pid child;
  node.spawn([&](process& self) -> task<> {
    self.trap_exit(true);
    for (int i = 0; i < 2; ++i) {
      child = self.spawn_link(die_when_told);
      const auto signal = co_await self.receive<exit_signal>();
      seen.push_back((signal.from == child ? "child " : "? ") + signal.reason.to_string());
    }
  });
  node.run();
  node.root().send(child, atom("return"));
  node.run();
  node.root().send(child, tuple(atom("bad"), 1));
  node.run();
  CHECK(seen == trace{"child normal", "child {bad,1}"});
}

TEST_CASE("exit/2: kill cannot be trapped, normal is ignored, others kill or are trapped") {
  test_shard node;
  trace seen;
  const pid trapping = node.spawn(listener(seen, true));
  const pid plain = node.spawn(idle);
  const pid killed = node.spawn(listener(seen, true));
  node.run();
  node.root().exit(plain, atom("normal"));
  node.root().exit(trapping, atom("normal"));
  node.root().exit(trapping, atom("shutdown"));
  node.run();
  CHECK(node.alive(plain));
  CHECK(seen.size() == 2);
  node.root().exit(plain, atom("shutdown"));
  node.root().exit(killed, atom("kill"));
  node.run();
  CHECK_FALSE(node.alive(plain));
  CHECK_FALSE(node.alive(killed));
  CHECK(node.alive(trapping));
}

TEST_CASE("kill is seen as killed by links and monitors, and can be trapped there") {
  test_shard node;
  trace seen;
  const pid victim = node.spawn(idle);
  node.spawn([&](process& self) -> task<> {
    self.trap_exit(true);
    self.link(victim);
    const reference ref = self.monitor(victim);
    const auto e = co_await self.receive<exit_signal>();
    const auto d = co_await self.receive_down(ref);
    seen = {e.reason.to_string(), d.reason.to_string()};
  });
  node.run();
  node.root().exit(victim, atom("kill"));
  node.run();
  CHECK(seen == trace{"killed", "killed"});
}

TEST_CASE("a monitor tells once, at once with noproc if there is nobody, by pid and by name") {
  test_shard node;
  trace seen;
  const pid gone = node.spawn([](process&) -> task<> { co_return; });
  node.run();
  const pid named = node.root().spawn({.name = "worker"}, die_when_told);
  const auto note = [&](const down& d) {
    seen.push_back(d.object.to_string() + " " + d.reason.to_string());
  };
  node.spawn([&](process& self) -> task<> {
    self.monitor(gone);
    co_await self.receive([&](down d) { note({{}, term(atom("gone")), d.reason}); });
    self.monitor(registered("nobody"));
    co_await self.receive(note);
    self.monitor(registered("worker"));
    self.monitor(registered("worker", "here@host"));
    co_await self.receive(note);
    co_await self.receive(note);
  });
  node.run();
  CHECK(seen == trace{"gone noproc", "{nobody,here@host} noproc"});
  node.root().send(named, atom("finished"));
  node.run();
  REQUIRE(seen.size() == 4);
  CHECK(seen[2] == "{worker,here@host} finished");
  CHECK(seen[3] == seen[2]);
}

TEST_CASE("after demonitor no DOWN arrives, nor is one left in the mailbox") {
  test_shard node;
  trace seen;
  const pid a = node.spawn(die_when_told);
  const pid b = node.spawn(die_when_told);
  node.spawn([&](process& self) -> task<> {
    const reference early = self.monitor(a);
    const reference late = self.monitor(b);
    self.demonitor(early);
    co_await self.sleep(10ms);
    self.demonitor(late);  // its DOWN is in the mailbox by now
    const auto left = co_await self.receive<term>(10ms);
    seen.emplace_back(left ? left->to_string() : "nothing");
  });
  node.run();
  node.root().send(a, atom("x"));
  node.root().send(b, atom("x"));
  node.advance(10ms);
  node.advance(10ms);
  CHECK(seen == trace{"nothing"});
}

TEST_CASE("unlink undoes link; linking twice is linking once; linking to the dead kills") {
  test_shard node;
  const pid victim = node.spawn(die_when_told);
  const pid freed = node.spawn([&](process& self) -> task<> {
    self.link(victim);
    self.link(victim);
    self.unlink(victim);
    co_await idle(self);
  });
  node.run();
  node.root().send(victim, atom("crash"));
  node.run();
  CHECK(node.alive(freed));
  const pid late = node.spawn([&](process& self) -> task<> {
    self.link(victim);
    co_await idle(self);
  });
  node.run();
  CHECK_FALSE(node.alive(late));
}

TEST_CASE("an alias is an address until it is taken back or its process ends") {
  test_shard node;
  trace seen;
  reference address;
  const pid p = node.spawn([&](process& self) -> task<> {
    address = self.alias();
    seen.push_back((co_await self.receive<term>()).to_string());
    self.unalias(address);
    seen.push_back((co_await self.receive<term>()).to_string());
  });
  node.run();
  node.root().send(address, atom("first"));
  node.run();
  node.root().send(address, atom("second"));
  node.root().send(p, atom("third"));
  node.run();
  CHECK(seen == trace{"first", "third"});
  node.root().send(address, atom("to nobody"));
  node.run();
}

TEST_CASE("names: one per process, free again after its end, messages to nobody are dropped") {
  test_shard node;
  const pid p = node.root().spawn({.name = "server"}, die_when_told);
  CHECK_THROWS_AS(node.root().spawn({.name = "server"}, idle), error_with);
  CHECK_FALSE(node.root().register_name(atom("second_name"), p));
  CHECK(node.root().whereis(atom("server")) == p);
  node.root().send(registered("nobody"), 1);
  node.root().send(registered("server"), atom("done"));
  node.run();
  CHECK_FALSE(node.root().whereis(atom("server")).has_value());
  CHECK_NOTHROW(node.root().spawn({.name = "server"}, idle));
}

TEST_CASE("a pid whose number is in use again does not reach the new process") {
  test_shard node;
  trace seen;
  const pid old = node.spawn([](process&) -> task<> { co_return; });
  node.run();
  const pid fresh = node.spawn(listener(seen));
  node.run();
  CHECK(fresh.id == old.id);
  CHECK(fresh != old);
  node.root().send(old, 1);
  pid former = fresh;
  former.creation += 1;
  node.root().send(former, 2);
  node.run();
  CHECK(seen.empty());
  CHECK_FALSE(node.alive(old));
}

TEST_CASE("exceptions become the exit reasons that Erlang would give") {
  test_shard node;
  trace seen;
  const auto watch = [&](task<> (*body)(process&)) {
    const pid p = node.spawn(body);
    node.spawn([&seen, p](process& self) -> task<> {
      const reference ref = self.monitor(p);
      seen.push_back((co_await self.receive_down(ref)).reason.to_string());
    });
    node.run();
  };
  watch([](process& self) -> task<> {
    co_await self.sleep(1ms);
    throw exit_with(tuple(atom("a"), 1));
  });
  watch([](process& self) -> task<> {
    co_await self.sleep(1ms);
    throw error_with(atom("badarg"));
  });
  watch([](process& self) -> task<> {
    co_await self.sleep(1ms);
    throw throw_with(7);
  });
  watch([](process& self) -> task<> {
    co_await self.sleep(1ms);
    throw std::runtime_error("oh");
  });
  node.advance(1ms);
  CHECK(seen == trace{"{a,1}", "{badarg,[]}", "{{nocatch,7},[]}", "{cxx_exception,<<\"oh\">>}"});
  CHECK(node.log.size() == 3);  // an exit of its own is no fault
}

TEST_CASE("send_after delivers when its time has come") {
  test_shard node;
  trace seen;
  const pid p = node.spawn(listener(seen));
  node.root().send_after(50ms, p, atom("late"));
  node.root().send_after(20ms, p, atom("early"));
  node.run();
  node.advance(49ms);
  CHECK(seen == trace{"early"});
  node.advance(1ms);
  CHECK(seen == trace{"early", "late"});
}
