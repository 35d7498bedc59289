// What processes ask of processes of another node: the whole way through both runtimes and the
// wire between them.
#include "support/memory_cluster.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;

namespace {

using trace = std::vector<std::string>;

// A process that does what it is told and keeps what it receives.
class agent {
 public:
  using order = std::function<void(process&)>;

  explicit agent(memory_node& home) : home_(home) {
    self = home.root().spawn([this](process& me) -> task<> {
      me.trap_exit(true);
      for (;;) {
        static_cast<void>(co_await me.receive<etf::literal<"go">>());
        if (!next_) break;
        std::exchange(next_, nullptr)(me);
      }
      while (const auto t = co_await me.receive<term>(duration::zero())) mailbox.push_back(*t);
    });
  }
  void does(order what) {
    next_ = std::move(what);
    home_.root().send(self, atom("go"));
  }
  // The mailbox, first elements of tuples only.
  trace look(memory_cluster& cluster) {
    does(nullptr);
    cluster.settle();
    trace seen;
    for (const term& t : mailbox) {
      seen.push_back(t.is_tuple() ? t[0].to_string() : t.to_string());
    }
    return seen;
  }

  pid self;
  std::vector<term> mailbox;

 private:
  memory_node& home_;
  order next_;
};

struct two_nodes {
  memory_cluster cluster;
  memory_node& here = cluster.add("here@host");
  memory_node& there = cluster.add("there@host");
  agent a{here};
  agent b{there};
};

}  // namespace

TEST_CASE("priority crosses the wire, for messages and exit signals") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  reference alias;
  reference plain;
  b.does([&](process& me) {
    alias = me.alias({.priority = true});
    plain = me.alias();
  });
  cluster.settle();
  a.does([&](process& me) {
    me.send(b.self, atom("o1"));
    me.send(b.self, atom("to_pid"), {.priority = true});
    me.send(plain, atom("to_plain"), {.priority = true});
    me.send(alias, atom("without"));
    me.send(alias, atom("p1"), {.priority = true});
    me.exit(alias, atom("why"), {.priority = true});
    me.exit(alias, atom("why"));
    me.send(alias, atom("p2"), {.priority = true});
  });
  cluster.settle();
  CHECK(b.look(cluster) ==
        trace{"p1", "'EXIT'", "p2", "o1", "to_pid", "to_plain", "without", "'EXIT'"});
}

TEST_CASE("a peer without ALTACT_SIG gets ordinary messages, and no exit signals to aliases") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  cluster.withheld_flags = handshake::flag::altact_sig;
  reference alias;
  b.does([&](process& me) {
    alias = me.alias({.priority = true});
    me.register_name(atom("bob"), me.pid());
  });
  cluster.settle();
  a.does([&](process& me) {
    me.send(b.self, atom("o1"), {.priority = true});
    me.send(alias, atom("o2"), {.priority = true});
    me.send(registered("bob", "there@host"), atom("o3"), {.priority = true});
    me.exit(alias, atom("why"), {.priority = true});
    me.exit(b.self, atom("why"), {.priority = true});
  });
  cluster.settle();
  CHECK(b.look(cluster) == trace{"o1", "o2", "o3", "'EXIT'"});
}

TEST_CASE("priority monitors and links fire ahead, also when the connection breaks") {
  for (const bool cut : {false, true}) {
    two_nodes both;
    auto& [cluster, here, there, a, b] = both;
    a.does([&](process& me) {
      me.monitor(b.self, {.priority = true});
      me.link(b.self, {.priority = true});
      me.send(me.pid(), atom("o1"));
    });
    cluster.settle();
    if (cut) {
      here.disconnect(there.name());
    } else {
      b.does(nullptr);
    }
    cluster.settle();
    const trace seen = a.look(cluster);
    REQUIRE(seen.size() == 3);
    CHECK(seen.back() == "o1");
  }
}

TEST_CASE("monitor_node brings one message per call when the node goes") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  a.does([&](process& me) {
    for (const bool on : {true, true, true, false}) me.monitor_node("there@host", on);
    me.monitor_node("here@host", true);
  });
  cluster.settle();
  REQUIRE(here.connections().size() == 1);  // it connected for that
  there.disconnect(here.name());
  cluster.settle();
  a.does([](process&) {});
  cluster.settle();
  CHECK(a.look(cluster) == trace{"nodedown", "nodedown"});
  CHECK(a.mailbox.at(0).to_string() == "{nodedown,there@host}");
}

TEST_CASE("monitor_node of a node that cannot be reached brings its message at once") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  a.does([&](process& me) {
    me.monitor_node("nobody@host", true);
    me.monitor_node("nobody@host", true);
    me.monitor_node("nobody@host", false);
  });
  cluster.settle();
  CHECK(a.look(cluster) == trace{"nodedown", "nodedown"});
}

TEST_CASE("spawn_request reports what its options ask for") {
  struct expectation {
    spawn_reply_when reply;
    bool on_success;
    bool on_error;
  };
  for (const auto& [reply, on_success, on_error] :
       {expectation{spawn_reply_when::always, true, true},
        expectation{spawn_reply_when::never, false, false},
        expectation{spawn_reply_when::error_only, false, true},
        expectation{spawn_reply_when::success_only, true, false}}) {
    for (const char* node : {"here@host", "there@host", "nobody@host"}) {
      two_nodes both;
      auto& [cluster, here, there, a, b] = both;
      reference ref;
      a.does([&, reply = reply](process& me) {
        ref = me.spawn_request(node, mfa("any", "thing"), {.reply = reply});
      });
      cluster.settle();
      const bool fails = std::string_view(node).starts_with("nobody");
      const bool expected = fails ? on_error : on_success;
      CHECK(a.look(cluster) == (expected ? trace{"spawn_reply"} : trace{}));
      if (!expected) continue;
      const auto got = a.mailbox.at(0).as<spawn_reply>();
      REQUIRE(got.has_value());
      CHECK(got->ref == ref);
      CHECK(got->child.has_value() != fails);
      if (fails) CHECK(got->reason == atom("noconnection"));
    }
  }
}

TEST_CASE("a requested process is linked and monitored, reported or not") {
  for (const spawn_reply_when reply : {spawn_reply_when::always, spawn_reply_when::never}) {
    for (const char* node : {"here@host", "there@host"}) {
      two_nodes both;
      auto& [cluster, here, there, a, b] = both;
      for (memory_node* one : {&here, &there}) {
        one->entry = [](process& self) -> task<> { co_await self.receive<etf::literal<"x">>(); };
      }
      reference ref;
      a.does([&](process& me) {
        ref = me.spawn_request(node, mfa("any", "thing"),
                               {.link = true, .monitor = true, .reply = reply});
      });
      cluster.settle();
      memory_node& where = node == std::string_view("here@host") ? here : there;
      where.root().exit(pid{where.name(), 3, 0, where.home.creation()}, atom("over"));
      cluster.settle();
      const trace seen = a.look(cluster);
      const bool reported = reply == spawn_reply_when::always;
      REQUIRE(seen.size() == (reported ? 3 : 2));
      CHECK(std::ranges::count(seen, "'EXIT'") == 1);
      CHECK(std::ranges::count(seen, "'DOWN'") == 1);
      CHECK(a.mailbox.back().as<std::tuple<term, term, term>>().has_value() !=
            a.mailbox.at(seen.size() - 2).as<std::tuple<term, term, term>>().has_value());
    }
  }
}

TEST_CASE("the group leader of a process can be set from anywhere") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  agent local(here);
  bool refused = false;
  a.does([&](process& me) {
    me.group_leader(me.pid(), b.self);
    me.group_leader(me.pid(), local.self);
    try {
      me.group_leader(me.pid(), pid{here.name(), 1000, 0, here.home.creation()});
    } catch (const error_with& e) {
      refused = true;
    }
  });
  cluster.settle();
  CHECK(refused);
  for (agent* one : {&b, &local}) {
    pid leader;
    one->does([&](process& me) { leader = me.group_leader(); });
    cluster.settle();
    CHECK(leader == a.self);
  }
}

TEST_CASE("demonitor says whether the monitor was there, and flushes if it may") {
  for (const bool remote : {false, true}) {
    two_nodes both;
    auto& [cluster, here, there, a, b] = both;
    agent local(here);
    agent& other = remote ? b : local;
    reference first;
    reference second;
    reference third;
    a.does([&](process& me) {
      first = me.monitor(other.self);
      second = me.monitor(other.self);
      third = me.monitor(other.self);
      CHECK(me.demonitor(first));
      CHECK_FALSE(me.demonitor(first));
    });
    cluster.settle();
    other.does(nullptr);
    cluster.settle();
    a.does([&](process& me) {
      CHECK_FALSE(me.demonitor(second));
      CHECK_FALSE(me.demonitor(third, {.flush = false}));
    });
    cluster.settle();
    CHECK(a.look(cluster) == trace{"'DOWN'"});
  }
}

TEST_CASE("a monitor by name is dropped where the name has gone to another process") {
  for (const bool remote : {false, true}) {
    two_nodes both;
    auto& [cluster, here, there, a, b] = both;
    memory_node& home = remote ? there : here;
    agent first(home);
    agent second(home);
    cluster.settle();
    CHECK(home.root().register_name(atom("bob"), first.self));
    reference ref;
    a.does([&](process& me) { ref = me.monitor(registered(atom("bob"), home.name())); });
    cluster.settle();
    CHECK(home.root().unregister_name(atom("bob")));
    CHECK(home.root().register_name(atom("bob"), second.self));
    runtime::process_state* const watched = home.home.find(first.self);
    REQUIRE(watched != nullptr);
    CHECK(watched->ties().watched_by.size() == 1);
    a.does([&](process& me) { CHECK(me.demonitor(ref)); });
    cluster.settle();
    CHECK(watched->ties().watched_by.empty());
    first.does(nullptr);
    cluster.settle();
    CHECK(a.look(cluster) == trace{});
  }
}

TEST_CASE("unlink leaves no exit signal behind, here and there") {
  for (const bool remote : {false, true}) {
    two_nodes both;
    auto& [cluster, here, there, a, b] = both;
    agent local(here);
    agent& other = remote ? b : local;
    a.does([&](process& me) { me.link(other.self); });
    cluster.settle();
    a.does([&](process& me) { me.unlink(other.self); });
    cluster.settle();
    other.does(nullptr);
    cluster.settle();
    CHECK(a.look(cluster) == trace{});
  }
}

TEST_CASE("connections() counts what went through each of them") {
  two_nodes both;
  auto& [cluster, here, there, a, b] = both;
  CHECK(here.connections().empty());
  a.does([&](process& me) {
    for (int i = 0; i < 10; ++i) me.send(b.self, std::string(100, 'x'));
  });
  cluster.settle();
  const auto from = here.connections();
  const auto to = there.connections();
  REQUIRE(from.size() == 1);
  REQUIRE(to.size() == 1);
  CHECK(from[0].node == there.name());
  CHECK_FALSE(from[0].hidden);
  CHECK(from[0].messages_out == 10);
  CHECK(from[0].messages_in == 0);
  CHECK(from[0].bytes_out > 1000);
  CHECK(to[0].messages_in == 10);
  CHECK(to[0].bytes_in == from[0].bytes_out);
  CHECK(from[0].bytes_to_write == 0);
  // What does not leave at once.
  a.does([&](process& me) { me.send(b.self, std::string(5'000'000, 'x')); });
  while (cluster.run(here)) {}
  CHECK(here.connections().at(0).bytes_to_write > 5'000'000);
  CHECK(here.connections().at(0).processes_suspended == 1);
  memory_pipe& pipe = *cluster.pipes().at(0);
  const std::size_t sender = pipe.nodes[0] == &here ? 0 : 1;
  cluster.leave(pipe, sender, 2'000'000);
  cluster.arrive(pipe, 1 - sender, 2'000'000);
  CHECK(there.connections().at(0).unfinished_messages == 1);
  CHECK(there.connections().at(0).unfinished_bytes > 100'000);
  cluster.settle();
  CHECK(there.connections().at(0).unfinished_messages == 0);
  CHECK(here.connections().at(0).processes_suspended == 0);
  CHECK(here.connections().at(0).bytes_to_write == 0);
}
