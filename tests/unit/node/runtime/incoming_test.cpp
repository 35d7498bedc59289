// Relations with processes of other nodes: which signals go out, and what those that come in do
// (erl_dist_protocol: Control Messages, New Link Protocol).
#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

task<> idle(process& self) {
  for (;;) static_cast<void>(co_await self.receive<message>());
}

// A process that does to `self` what it is told, and notes other messages.
struct puppet {
  trace seen;
  process* self = nullptr;

  pid start(test_shard& node) {
    const pid p = node.spawn([this](process& me) -> task<> {
      self = &me;
      me.trap_exit(true);
      for (;;) seen.push_back((co_await me.receive<term>()).to_string());
    });
    node.run();
    return p;
  }
};

trace take(test_shard& node) { return std::exchange(node.outside.signals, {}); }

}  // namespace

TEST_CASE("monitors and links to unknown processes are answered at once, sends are dropped") {
  test_shard node;
  const reference ref{atom("there@host"), 5, {1, 2, 3}, 3};
  const pid nobody{atom("here@host"), 500, 0, test_shard::creation};
  node.shard.on_monitor(stranger(), nobody, ref);
  node.shard.on_monitor(stranger(), atom("no_such_name"), ref);
  node.shard.on_link(stranger(), nobody);
  node.shard.deliver(nobody, bare(1));
  node.shard.deliver(atom("no_such_name"), bare(1));
  node.shard.deliver(reference{}, bare(1));
  CHECK(take(node) == trace{"monitor_exit here.500 there.9 noproc",
                            "monitor_exit no_such_name there.9 noproc",
                            "exit here.500 there.9 noproc"});
}

TEST_CASE("the end of a process is told to those who link and monitor it, links first") {
  test_shard node;
  const pid p = node.root().spawn({.name = "worker"}, idle);
  node.run();
  const reference ref{atom("there@host"), 5, {1, 2, 3}, 3};
  node.shard.on_link(stranger(1), p);
  node.shard.on_monitor(stranger(2), p, ref);
  node.shard.on_exit2(stranger(1), p, bare(atom("over")));
  node.run();
  CHECK(take(node) == trace{"exit here.2 there.1 over", "monitor_exit here.2 there.2 over"});
}

TEST_CASE("a monitor by name is answered with the name") {
  test_shard node;
  const pid p = node.root().spawn({.name = "worker"}, idle);
  node.run();
  const reference ref{atom("there@host"), 5, {1, 2, 3}, 3};
  node.shard.on_monitor(stranger(2), atom("worker"), ref);
  node.root().exit(p, atom("bye"));
  node.run();
  CHECK(take(node) == trace{"monitor_exit worker there.2 bye"});
}

TEST_CASE("demonitor ends it, unknown references are ignored") {
  test_shard node;
  const pid p = node.root().spawn({.name = "worker"}, idle);
  node.run();
  const reference one{atom("there@host"), 5, {1, 0, 0}, 3};
  const reference two{atom("there@host"), 5, {2, 0, 0}, 3};
  node.shard.on_monitor(stranger(2), p, one);
  node.shard.on_monitor(stranger(2), atom("worker"), two);
  node.shard.on_demonitor(one, p);
  node.shard.on_demonitor(two, atom("worker"));
  node.shard.on_demonitor(two, atom("worker"));
  node.root().exit(p, atom("bye"));
  node.run();
  CHECK(take(node).empty());
}

TEST_CASE("link sends LINK once; unlink keeps the entry until it is acknowledged") {
  test_shard node;
  puppet p;
  const pid me = p.start(node);
  p.self->link(stranger());
  p.self->link(stranger());
  CHECK(take(node) == trace{"link here.2 there.9"});
  p.self->unlink(stranger());
  p.self->unlink(stranger());
  CHECK(take(node) == trace{"unlink_id 1 here.2 there.9"});

  SUBCASE("an exit that crosses the unlink is swallowed") {
    node.shard.on_exit(stranger(), me, bare(atom("crossed")));
    node.run();
    CHECK(p.seen.empty());
  }
  SUBCASE(
      "linking again before the acknowledgement makes a new link, which the old one leaves alone") {
    p.self->link(stranger());
    CHECK(take(node) == trace{"link here.2 there.9"});
    node.shard.on_unlink_ack(1, stranger(), me);
    node.shard.on_exit(stranger(), me, bare(atom("real")));
    node.run();
    CHECK(p.seen.size() == 1);
  }
  SUBCASE("after the acknowledgement there is nothing left") {
    node.shard.on_unlink_ack(2, stranger(), me);  // of another unlink: no effect
    node.shard.on_unlink_ack(1, stranger(), me);
    p.self->link(stranger());
    CHECK(take(node) == trace{"link here.2 there.9"});
  }
}

TEST_CASE("UNLINK_ID is acknowledged always, and removes only an active link") {
  test_shard node;
  puppet p;
  const pid me = p.start(node);
  node.shard.on_unlink(7, stranger(), me);
  const pid nobody{atom("here@host"), 500, 0, test_shard::creation};
  node.shard.on_unlink(8, stranger(), nobody);
  CHECK(take(node) == trace{"unlink_id_ack 7 here.2 there.9", "unlink_id_ack 8 here.500 there.9"});
  node.shard.on_link(stranger(), me);
  node.shard.on_unlink(9, stranger(), me);
  take(node);
  node.shard.on_exit(stranger(), me, bare(atom("late")));
  node.run();
  CHECK(p.seen.empty());
}

TEST_CASE("an exit signal by link counts only where there is a link, and only once") {
  test_shard node;
  puppet p;
  const pid me = p.start(node);
  node.shard.on_exit(stranger(), me, bare(atom("no link")));
  node.shard.on_link(stranger(), me);
  node.shard.on_exit(stranger(), me, bare(atom("first")));
  node.shard.on_exit(stranger(), me, bare(atom("second")));
  node.run();
  REQUIRE(p.seen.size() == 1);
  CHECK(p.seen[0].find("first") != std::string::npos);
}

TEST_CASE("kill by link is an ordinary reason, kill by exit/2 is not") {
  test_shard node;
  puppet p;
  const pid me = p.start(node);
  node.shard.on_link(stranger(), me);
  node.shard.on_exit(stranger(), me, bare(atom("kill")));
  node.run();
  CHECK(p.seen.size() == 1);
  CHECK(node.alive(me));
  node.shard.on_exit2(stranger(), me, bare(atom("kill")));
  node.run();
  CHECK_FALSE(node.alive(me));
}

TEST_CASE("a spawned process is reported before it runs, with what was set up") {
  test_shard node;
  std::string ran;
  node.shard.set_entry_point([&](process& self, atom m, atom f, message) -> task<> {
    ran = std::string(m.text()) + ":" + std::string(f.text()) + " for " +
          std::string(self.group_leader().node.text());
    return idle(self);
  });
  const reference id{atom("there@host"), 5, {4, 0, 0}, 3};
  node.shard.on_spawn_request({.id = id,
                               .from = stranger(1),
                               .group_leader = stranger(3),
                               .module = atom("m"),
                               .function = atom("f"),
                               .link = true,
                               .monitor = true},
                              message::copy_of(bare(std::vector<int>{})));
  CHECK(take(node) == trace{"spawn_reply there.1 true true here.2"});
  node.run();
  CHECK(ran == "m:f for there@host");
  node.shard.on_exit(stranger(1), {atom("here@host"), 2, 0, test_shard::creation},
                     bare(atom("parent died")));
  node.run();
  CHECK(take(node) == trace{"monitor_exit here.2 there.1 'parent died'"});
}

TEST_CASE("the loss of a node breaks every relation with it, once") {
  test_shard node;
  puppet p;
  const pid me = p.start(node);
  p.self->link(stranger(1));
  p.self->monitor(stranger(2));
  p.self->monitor(registered("name", "there@host"));
  p.self->link(pid{atom("elsewhere@host"), 1, 0, 5});
  node.shard.on_monitor(stranger(4), me, reference{atom("there@host"), 5, {1, 0, 0}, 3});
  take(node);
  node.shard.node_down(atom("there@host"));
  node.shard.node_down(atom("there@host"));
  node.run();
  CHECK(p.seen.size() == 3);
  for (const std::string& line : p.seen) CHECK(line.find("noconnection") != std::string::npos);
  node.root().exit(me, atom("kill"));
  node.run();
  CHECK(take(node) == trace{"exit here.2 elsewhere.1 killed"});
}

TEST_CASE("a spawn on another node waits for the answer; the loss of the node is one") {
  test_shard node;
  trace seen;
  const auto spawning = [&](process& self) -> task<> {
    try {
      const pid child = co_await self.spawn_link("there@host", mfa("m", "f", 1));
      seen.push_back("child " + std::to_string(child.id));
      co_await idle(self);
    } catch (const error_with& e) {
      seen.push_back(e.reason().to_string());
    }
  };
  const pid p = node.spawn(spawning);
  node.run();
  CHECK(take(node) == trace{"spawn_request here.2 there@host m f [1] true false"});
  node.shard.node_down(atom("there@host"));
  node.run();
  CHECK(seen == trace{"noconnection"});
  CHECK_FALSE(node.alive(p));
}

TEST_CASE("a spawn whose caller died meanwhile is undone") {
  test_shard node;
  reference id;
  const pid p = node.spawn([&](process& self) -> task<> {
    id = self.make_reference();
    static_cast<void>(co_await self.spawn_link("there@host", mfa("m", "f")));
  });
  node.run();
  take(node);
  node.root().exit(p, atom("gone"));
  node.run();
  id.words[0] += 1;  // references count up
  node.shard.on_spawn_reply(id, p, true, true, stranger(33));
  CHECK(take(node) == trace{"demonitor here.2 there.33", "exit here.2 there.33 gone"});
}

TEST_CASE("a sender to a peer that takes nothing waits at its next co_await, until unblocked") {
  test_shard node;
  int sent = 0;
  const pid p = node.spawn([&](process& self) -> task<> {
    for (;;) {
      static_cast<void>(co_await self.receive<std::int64_t>());
      self.send(stranger(), 1);
      ++sent;
    }
  });
  node.run();
  node.outside.ready = false;
  for (std::int64_t i = 0; i < 3; ++i) node.root().send(p, i);
  node.run();
  CHECK(sent == 1);
  node.shard.unblock(p);
  node.run();
  CHECK(sent == 2);
  node.outside.ready = true;
  node.shard.unblock(p);
  node.run();
  CHECK(sent == 3);
}

TEST_CASE("an rpc takes its answer from the exit reason and leaves nothing in the mailbox") {
  test_shard node;
  trace seen;
  reference first;
  const pid p = node.spawn([&](process& self) -> task<> {
    first = self.make_reference();
    seen.push_back(std::to_string(co_await self.rpc<std::int64_t>("there@host", mfa("m", "f", 1))));
    try {
      co_await self.rpc("there@host", mfa("m", "f"), 1s);
    } catch (const error_with& e) {
      seen.push_back(e.reason().to_string());
    }
    const auto left = co_await self.receive<term>(0ms);
    seen.push_back(left ? left->to_string() : "nothing left");
  });
  node.run();
  // References count up: the result's first, then the request's.
  reference result = first;
  result.words[0] += 1;
  reference request = first;
  request.words[0] += 2;
  node.shard.on_spawn_reply(request, p, false, true, stranger(40));
  node.shard.on_monitor_exit(p, request, bare(tuple(result, atom("return"), 42)));
  node.run();
  CHECK(seen == trace{"42"});
  take(node);
  node.advance(1s);
  CHECK(seen == trace{"42", "{erpc,timeout}", "nothing left"});
  request.words[0] += 2;  // answered too late: its process is let go
  node.shard.on_spawn_reply(request, p, false, true, stranger(41));
  CHECK(take(node) == trace{"demonitor here.2 there.41"});
}
