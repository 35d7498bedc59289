// Priority messages, as the reference manual has them (Processes: Adding Priority Messages). What
// is expected was seen on OTP 29.
#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;

namespace {

using trace = std::vector<std::string>;

// A process that prepares, waits for `look` and then takes what its mailbox holds.
struct observer {
  test_shard node;
  trace seen;
  pid self;

  explicit observer(std::function<void(process&)> prepare) {
    self = node.spawn([this, prepare](process& me) -> task<> {
      me.trap_exit(true);
      prepare(me);
      static_cast<void>(co_await me.receive<etf::literal<"look">>());
      while (const auto t = co_await me.receive<term>(duration::zero())) {
        seen.push_back(t->is_tuple() ? (*t)[0].to_string() : t->to_string());
      }
    });
    node.run();
  }
  const trace& look() {
    node.root().send(self, atom("look"));
    node.run();
    return seen;
  }
};

}  // namespace

TEST_CASE("priority messages to a priority alias go before ordinary ones, in their own order") {
  reference alias;
  observer o([&](process& me) { alias = me.alias({.priority = true}); });
  process& root = o.node.root();
  root.send(o.self, atom("o1"));
  root.send(alias, atom("p1"), {.priority = true});
  root.send(alias, atom("o2"));
  root.send(alias, atom("p2"), {.priority = true});
  CHECK(o.look() == trace{"p1", "p2", "o1", "o2"});
}

TEST_CASE("priority needs the alias: to a pid, a name or another alias it is an ordinary message") {
  reference alias;
  observer o([&](process& me) {
    alias = me.alias();
    me.register_name(atom("one"), me.pid());
  });
  process& root = o.node.root();
  root.send(o.self, atom("o1"));
  root.send(o.self, atom("to_pid"), {.priority = true});
  root.send(registered("one"), atom("to_name"), {.priority = true});
  root.send(alias, atom("to_alias"), {.priority = true});
  CHECK(o.look() == trace{"o1", "to_pid", "to_name", "to_alias"});
}

TEST_CASE("an alias for one reply ends with the first message, not with an exit signal") {
  reference alias;
  observer o([&](process& me) { alias = me.alias({.reply = true, .priority = true}); });
  process& root = o.node.root();
  root.send(o.self, atom("o1"));
  root.exit(alias, atom("why"), {.priority = true});
  root.send(alias, atom("p1"), {.priority = true});
  root.send(alias, atom("p2"), {.priority = true});
  CHECK(o.look() == trace{"'EXIT'", "p1", "o1"});
}

TEST_CASE("an exit signal goes first only when sent with priority to a priority alias") {
  reference alias;
  reference plain;
  observer o([&](process& me) {
    alias = me.alias({.priority = true});
    plain = me.alias();
  });
  process& root = o.node.root();
  SUBCASE("it was") {
    root.send(o.self, atom("o1"));
    root.exit(alias, atom("why"), {.priority = true});
    CHECK(o.look() == trace{"'EXIT'", "o1"});
  }
  SUBCASE("it was not") {
    root.send(o.self, atom("o1"));
    root.exit(alias, atom("why"));
    root.send(o.self, atom("o2"));
    root.exit(plain, atom("why"), {.priority = true});
    root.send(o.self, atom("o3"));
    root.exit(o.self, atom("why"), {.priority = true});
    CHECK(o.look() == trace{"o1", "'EXIT'", "o2", "'EXIT'", "o3", "'EXIT'"});
  }
  SUBCASE("kill cannot be trapped by an alias either") {
    root.exit(alias, atom("kill"), {.priority = true});
    o.node.run();
    CHECK_FALSE(o.node.alive(o.self));
  }
}

TEST_CASE("an alias that is no more takes neither messages nor exit signals") {
  reference alias;
  observer o([&](process& me) {
    alias = me.alias({.priority = true});
    me.unalias(alias);
  });
  o.node.root().send(alias, atom("late"), {.priority = true});
  o.node.root().exit(alias, atom("kill"), {.priority = true});
  CHECK(o.look() == trace{});
  CHECK_FALSE(o.node.log.size() > 0);
}

TEST_CASE("a priority monitor's DOWN goes first, but not that of a process that never was") {
  pid other;
  observer o([&](process& me) {
    other = me.spawn([](process& it) -> task<> { co_await it.receive<term>(); });
    me.monitor(other, {.priority = true});
  });
  process& root = o.node.root();
  SUBCASE("the process ends") {
    root.send(o.self, atom("o1"));
    root.send(other, atom("stop"));
    o.node.run();
    CHECK(o.look() == trace{"'DOWN'", "o1"});
  }
  SUBCASE("there is none") {
    root.send(other, atom("stop"));
    o.node.run();
    observer late([](process& me) {
      me.send(me.pid(), atom("o1"));
      me.monitor(registered("nobody"), {.priority = true});
    });
    CHECK(late.look() == trace{"o1", "'DOWN'"});
  }
}

TEST_CASE("a priority link's exit signal goes first; linking again without it takes that back") {
  for (const bool again : {false, true}) {
    pid other;
    observer o([&](process& me) {
      other = me.spawn([](process& it) -> task<> { co_await it.receive<term>(); });
      me.link(other, {.priority = true});
      if (again) me.link(other);
    });
    o.node.root().send(o.self, atom("o1"));
    o.node.root().send(other, atom("stop"));
    o.node.run();
    CHECK(o.look() == (again ? trace{"o1", "'EXIT'"} : trace{"'EXIT'", "o1"}));
  }
}

TEST_CASE("a receive that waits takes a priority message that came after those it passed over") {
  test_shard node;
  reference alias;
  trace seen;
  const pid p = node.spawn([&](process& self) -> task<> {
    alias = self.alias({.priority = true});
    static_cast<void>(co_await self.receive<etf::literal<"p">>());
    seen.emplace_back("p");
    for (int i = 0; i < 2; ++i) seen.push_back((co_await self.receive<term>()).to_string());
  });
  node.root().send(p, 1);
  node.root().send(p, 2);
  node.run();
  node.root().send(alias, atom("p"), {.priority = true});
  node.run();
  CHECK(seen == trace{"p", "1", "2"});
}

TEST_CASE("the alias of a monitor ends when its options say so") {
  pid other;
  reference kept;
  reference with_monitor;
  reference one_reply;
  observer o([&](process& me) {
    other = me.spawn([](process& it) -> task<> { co_await it.receive<term>(); });
    kept = me.monitor(other, {.alias = monitor_alias::explicit_unalias});
    with_monitor = me.monitor(other, {.alias = monitor_alias::demonitor});
    one_reply = me.monitor(other, {.alias = monitor_alias::reply_demonitor});
  });
  process& root = o.node.root();
  for (const reference& alias : {kept, with_monitor, one_reply}) {
    root.send(alias, atom("first"));
    root.send(alias, atom("second"));
  }
  root.send(other, atom("stop"));
  o.node.run();
  for (const reference& alias : {kept, with_monitor, one_reply}) root.send(alias, atom("late"));
  // The reply took its monitor along: two are left.
  CHECK(o.look() ==
        trace{"first", "second", "first", "second", "first", "'DOWN'", "'DOWN'", "late"});
}
