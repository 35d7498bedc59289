#include <beamnode/node/supervisor.hpp>

#include "support/shop.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

const atom boom("boom");
const atom good("normal");

}  // namespace

TEST_CASE("children start in order and end in the reverse one") {
  shop s;
  const pid sup = s.node.spawn(supervisor(one_for_one, s.make("a"), s.make("b"), s.make("c")));
  s.node.run();
  CHECK(s.seen == trace{"+a", "+b", "+c"});
  s.seen.clear();
  s.node.root().exit(sup, atom("shutdown"));
  s.node.run();
  CHECK(s.seen == trace{"-c", "-b", "-a"});
  CHECK_FALSE(s.node.alive(sup));
  CHECK(s.node.log.empty());
}

TEST_CASE("one_for_one restarts the one that ended") {
  shop s;
  const supervisor sup(one_for_one, s.make("a"), s.make("b"), s.make("c"));
  s.start(sup);
  s.tell("b", boom);
  CHECK(s.seen == trace{"-b", "+b"});
  REQUIRE(s.node.log.size() == 1);
  CHECK(s.node.log[0].ends_with("child b ended: boom"));
}

TEST_CASE("rest_for_one restarts those that were started later too") {
  shop s;
  s.start(supervisor(rest_for_one, s.make("a"), s.make("b"), s.make("c"), s.make("d", temporary)));
  s.tell("b", boom);
  CHECK(s.seen == trace{"-b", "-d", "-c", "+b", "+c"});
}

TEST_CASE("one_for_all restarts all") {
  shop s;
  s.start(supervisor(one_for_all, s.make("a"), s.make("b"), s.make("c")));
  s.tell("b", boom);
  CHECK(s.seen == trace{"-b", "-c", "-a", "+a", "+b", "+c"});
}

TEST_CASE("permanent, transient and temporary children") {
  shop s;
  const pid sup = s.start(supervisor(one_for_one, s.make("p"), s.make("t", transient),
                                     s.make("o", temporary), s.make("x", transient)));
  s.tell("p", good);
  s.tell("t", good);
  s.tell("o", boom);
  CHECK(s.seen == trace{"-p", "+p", "-t", "-o"});
  s.seen.clear();
  s.tell("x", boom);
  CHECK(s.seen == trace{"-x", "+x"});
  s.seen.clear();
  s.tell("x", tuple(atom("shutdown"), 1));
  CHECK(s.seen == trace{"-x"});
  // The temporary one is forgotten, the transient ones may be restarted.
  CHECK(s.ask(sup, atom("which_children")) ==
        "[{x,undefined,worker,[beamnode]},{t,undefined,worker,[beamnode]},{p," + s.text("p") +
            ",worker,[beamnode]}]");
}

TEST_CASE("too many restarts within the time end the supervisor and its children") {
  shop s;
  const supervisor_options how{.max_restarts = 2, .max_seconds = 5s};
  const pid sup = s.start(supervisor(how, s.make("a"), s.make("b")));
  s.tell("a", boom);
  s.tell("a", boom);
  CHECK(s.node.alive(sup));
  s.node.advance(6s);
  s.tell("a", boom);
  s.tell("b", boom);
  CHECK(s.node.alive(sup));
  s.seen.clear();
  s.tell("a", boom);
  CHECK(s.seen == trace{"-a", "-b"});
  CHECK_FALSE(s.node.alive(sup));
  CHECK(s.node.log.back().ends_with("child a was restarted too often: shutdown"));
}

TEST_CASE("a child that does not come up ends those before it, and the start") {
  shop s;
  const auto broken = [](process&) -> task<> {
    throw exit_with(atom("no_stock"));
    co_return;
  };
  const supervisor sup(one_for_one, s.make("a"), child("b", broken), s.make("c"));
  CHECK(s.reason_of(sup) == "{shutdown,{failed_to_start_child,b,no_stock}}");
  CHECK(s.seen == trace{"+a", "-a"});
  CHECK(s.node.log.back().ends_with("child b does not start: no_stock"));
}

TEST_CASE("a body that takes an init_ack is up when it says so") {
  shop s;
  const auto slow = [&s](process& self, init_ack up) -> task<> {
    co_await self.sleep(1s);
    s.seen.emplace_back("slow is up");
    up();
    co_await self.sleep(1h);
  };
  s.node.spawn(supervisor(one_for_one, child("slow", slow), s.make("b")));
  s.node.run();
  CHECK(s.seen.empty());
  s.node.advance(1s);
  CHECK(s.seen == trace{"slow is up", "+b"});

  const auto fails = [](process& self, init_ack) -> task<> {
    co_await self.sleep(1s);
    throw exit_with(atom("late"));
  };
  std::string reason;
  s.node.spawn([&](process& self) -> task<> {
    const auto [who, ref] = self.spawn_monitor(supervisor(one_for_one, child("f", fails)));
    reason = (co_await self.receive_down(ref)).reason.to_string();
  });
  s.node.run();
  s.node.advance(1s);
  CHECK(reason == "{shutdown,{failed_to_start_child,f,late}}");
}

TEST_CASE("a child may ask to be ignored") {
  shop s;
  const auto ignored = [](process&, init_ack up) -> task<> {
    up.ignore();
    co_return;
  };
  const pid sup = s.start(supervisor(one_for_one, child("i", ignored),
                                     child({.id = "t", .restart = temporary}, ignored)));
  CHECK(s.ask(sup, atom("which_children")) == "[{i,undefined,worker,[beamnode]}]");
  CHECK(s.node.alive(sup));
}

TEST_CASE("a restart that fails is tried again until it succeeds or was tried too often") {
  shop s;
  int failures = 0;
  const auto shaky = [&](process& self) -> task<> {
    if (failures > 0) {
      --failures;
      throw exit_with(atom("not_yet"));
    }
    s.now["s"] = self.pid();
    const term reason = co_await self.receive<term>();
    throw exit_with(reason);
  };
  const pid sup = s.start(supervisor(one_for_one, child("s", shaky), s.make("b")));
  failures = 2;
  s.tell("s", boom);
  CHECK(s.node.alive(sup));
  CHECK(s.node.alive(s.now["s"]));
  s.node.advance(10s);
  failures = 100;
  s.tell("s", boom);
  CHECK_FALSE(s.node.alive(sup));
  CHECK(s.seen == trace{"-b"});
}

TEST_CASE("a child that does not shut down in time is killed") {
  shop s;
  const auto stubborn = [](process& self) -> task<> {
    self.trap_exit(true);
    for (;;) static_cast<void>(co_await self.receive<message>());
  };
  const pid sup =
      s.start(supervisor(one_for_one, s.make("a"), child({.id = "s", .shutdown = 2s}, stubborn)));
  s.node.root().exit(sup, atom("shutdown"));
  s.node.run();
  s.node.advance(1s);
  CHECK(s.node.alive(sup));
  CHECK(s.seen.empty());
  s.node.advance(1s);
  CHECK_FALSE(s.node.alive(sup));
  CHECK(s.seen == trace{"-a"});
  CHECK(s.node.log.back().ends_with("child s did not shut down as told: killed"));

  const pid rough = s.start(
      supervisor(one_for_one, s.make("a"), child({.id = "s", .shutdown = brutal_kill}, stubborn)));
  s.node.root().exit(rough, atom("shutdown"));
  s.node.run();
  CHECK_FALSE(s.node.alive(rough));

  const pid patient = s.start(
      supervisor(one_for_one, s.make("a"), child({.id = "s", .shutdown = infinity}, stubborn)));
  s.node.root().exit(patient, atom("shutdown"));
  s.node.run();
  s.node.advance(24h);
  CHECK(s.node.alive(patient));
}

TEST_CASE("a killed supervisor takes its children along") {
  shop s;
  const pid sup = s.start(
      supervisor(one_for_one, s.make("a"), child("in", supervisor(one_for_one, s.make("b")))));
  s.node.root().exit(sup, atom("kill"));
  s.node.run();
  CHECK_FALSE(s.node.alive(s.now["a"]));
  CHECK_FALSE(s.node.alive(s.now["b"]));
}

TEST_CASE("nested supervisors: one that gives up is a child that ended") {
  shop s;
  const supervisor_options how{.max_restarts = 0};
  const pid sup = s.start(
      supervisor(one_for_all, s.make("a"), child("in", supervisor(how, s.make("b"), s.make("c")))));
  s.tell("b", boom);
  CHECK(s.seen == trace{"-b", "-c", "-a", "+a", "+b", "+c"});
  CHECK(s.ask(sup, atom("count_children")) == "[{specs,2},{active,2},{supervisors,1},{workers,1}]");
  s.seen.clear();
  s.node.root().exit(sup, atom("shutdown"));
  s.node.run();
  CHECK(s.seen == trace{"-c", "-b", "-a"});
}

TEST_CASE("significant children end the supervisor when they end by themselves") {
  shop s;
  const auto significant = [&](std::string_view letter) {
    return child({.id = letter, .restart = transient, .significant = true}, s.worker(),
                 std::string(letter));
  };
  const supervisor_options any{.auto_shutdown = any_significant};
  const supervisor_options all{.auto_shutdown = all_significant};
  const pid first = s.start(supervisor(any, s.make("a"), significant("b"), significant("c")));
  s.tell("b", good);
  CHECK_FALSE(s.node.alive(first));
  CHECK(s.seen == trace{"-b", "-c", "-a"});
  const pid second = s.start(supervisor(all, s.make("a"), significant("b"), significant("c")));
  s.tell("b", good);
  CHECK(s.node.alive(second));
  s.tell("c", good);
  CHECK_FALSE(s.node.alive(second));
}

TEST_CASE("names: a child has its name again after a restart, and a taken name fails the start") {
  shop s;
  const auto named = [&] {
    return child({.id = "till", .name = "till"}, s.worker(), std::string("till"));
  };
  s.start(supervisor(one_for_one, named()));
  const pid before = s.now["till"];
  s.tell("till", boom);
  CHECK(s.node.root().whereis(atom("till")) == s.now["till"]);
  CHECK(before != s.now["till"]);
  CHECK(s.reason_of(supervisor(one_for_one, named())) ==
        "{shutdown,{failed_to_start_child,till,{already_started," + s.text("till") + "}}}");
}

TEST_CASE("two children of one id are refused") {
  shop s;
  CHECK(s.reason_of(supervisor(one_for_one, s.make("a"), s.make("a"))) ==
        "{start_spec,{duplicate_child_name,a}}");
  CHECK(s.seen.empty());
}

TEST_CASE("a child that ends while another one starts is not overlooked") {
  shop s;
  const auto slow = [](process& self, init_ack up) -> task<> {
    co_await self.sleep(1s);
    up();
    co_await self.sleep(1h);
  };
  s.node.spawn(supervisor(one_for_one, s.make("a"), child("slow", slow)));
  s.node.run();
  s.tell("a", boom);
  CHECK(s.seen == trace{"+a", "-a"});
  s.node.advance(1s);
  CHECK(s.seen == trace{"+a", "-a", "+a"});
}

TEST_CASE("a child that unlinked itself can be ended all the same") {
  shop s;
  const auto stray = [](process& self, pid sup) -> task<> {
    self.unlink(sup);
    co_await self.sleep(1h);
  };
  const pid sup = s.start(supervisor(
      one_for_one, child("s", stray, pid{s.node.shard.node(), 2, 0, test_shard::creation})));
  CHECK(s.ask(sup, tuple(atom("terminate_child"), atom("s"))) == "ok");
}

TEST_CASE("signals from strangers: normal is nothing, others end a supervisor that was spawned") {
  shop s;
  const pid sup = s.start(supervisor(one_for_one, s.make("a")));
  s.node.root().exit(sup, good);
  s.node.root().send(sup, atom("junk"));
  s.node.run();
  CHECK(s.node.alive(sup));
  s.node.root().exit(sup, boom);
  s.node.run();
  CHECK_FALSE(s.node.alive(sup));
  CHECK(s.seen == trace{"-a"});
}
