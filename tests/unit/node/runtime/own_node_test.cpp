// What a process asks of its own node.
#include "support/test_shard.hpp"

#include <algorithm>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

// Functions by name: `end` exits with its argument, anything else is undef.
void serve_functions(test_shard& node) {
  node.shard.set_entry_point([](process&, atom, atom function, message arguments) -> task<> {
    const auto given = arguments.as<std::vector<term>>();
    if (function == atom("end") && given && given->size() == 1) throw exit_with(given->front());
    throw exit_with(atom("undef"));
    co_return;
  });
}

trace names(std::vector<atom> nodes) {
  trace all;
  for (const atom node : nodes) all.emplace_back(node.text());
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("a spawn on the own node is answered at once, linked and monitored as asked") {
  test_shard node;
  serve_functions(node);
  trace seen;
  node.spawn([&](process& self) -> task<> {
    self.trap_exit(true);
    mfa_call call = mfa("m", "end", atom("monitored"));
    const auto [child, ref] = co_await self.spawn_monitor("here@host", call);
    seen.push_back(child.node == self.node() ? "ours" : "another's");
    const down end = co_await self.receive_down(ref);
    seen.push_back(end.reason.to_string());
    call = mfa("m", "end", atom("linked"));
    const pid linked = co_await self.spawn_link("here@host", call);
    const auto signal = co_await self.receive<exit_signal>();
    seen.push_back(signal.from == linked ? signal.reason.to_string() : "another's");
    const auto left = co_await self.receive<term>(1s);
    seen.push_back(left ? left->to_string() : "nothing");
  });
  node.run();
  node.advance(2s);
  CHECK(seen == trace{"ours", "monitored", "linked", "nothing"});
  CHECK(node.outside.signals.empty());
}

TEST_CASE("the answer to a spawn is found behind what is in the mailbox already") {
  test_shard node;
  serve_functions(node);
  bool spawned = false;
  node.spawn([&](process& self) -> task<> {
    self.send(self.pid(),
              tuple(atom("spawn_reply"), self.make_reference(), atom("ok"), self.pid()));
    const pid child = co_await self.spawn("here@host", mfa("m", "end", atom("x")));
    spawned = child != self.pid();
  });
  node.run();
  CHECK(spawned);
}

TEST_CASE("a timer that is cancelled never fires, and tells the time that was left") {
  test_shard node;
  trace seen;
  const pid target = node.spawn([&](process& self) -> task<> {
    for (;;) seen.emplace_back((co_await self.receive<atom>()).text());
  });
  process& root = node.root();
  const reference first = root.send_after(10s, target, atom("first"));
  const reference second = root.send_after(20s, target, atom("second"));
  node.advance(4s);
  CHECK(root.cancel_timer(first) == duration(6s));
  CHECK(!root.cancel_timer(first));
  CHECK(!root.cancel_timer(root.make_reference()));
  node.advance(20s);
  CHECK(seen == trace{"second"});
  CHECK(!root.cancel_timer(second));
}

TEST_CASE("nodes are listed by kind, as they come and go") {
  test_shard node;
  node.shard.announce_up(atom("seen@host"), false);
  node.shard.announce_up(atom("unseen@host"), true);
  process& root = node.root();
  CHECK(names(root.nodes(node_kind::visible)) == trace{"seen@host"});
  CHECK(names(root.nodes(node_kind::hidden)) == trace{"unseen@host"});
  CHECK(names(root.nodes(node_kind::connected)) == trace{"seen@host", "unseen@host"});
  CHECK(names(root.nodes(node_kind::this_node)) == trace{"here@host"});
  CHECK(names(root.nodes(node_kind::known)) == trace{"here@host", "seen@host", "unseen@host"});
  node.shard.announce_down(atom("seen@host"), false, bare(atom("connection_closed")));
  CHECK(names(root.nodes(node_kind::visible)) == trace{});
  CHECK(names(root.nodes(node_kind::connected)) == trace{"unseen@host"});
}

TEST_CASE("nobody is called undefined") {
  test_shard node;
  const auto idle = [](process& self) -> task<> { co_await self.sleep(1h); };
  CHECK_THROWS_AS(node.root().spawn({.name = "undefined"}, idle), error_with);
  const pid someone = node.spawn(idle);
  CHECK(!node.root().register_name(atom("undefined"), someone));
  CHECK(node.root().register_name(atom("someone"), someone));
  CHECK_THROWS_AS(node.root().spawn({.name = "someone"}, idle), error_with);
}

TEST_CASE("a call to oneself is refused, not waited for") {
  test_shard node;
  trace seen;
  node.spawn([&](process& self) -> task<> {
    self.register_name(atom("me"), self.pid());
    const call_result<term> by_pid = co_await self.try_call(self.pid(), atom("x"), 100ms);
    seen.push_back(by_pid.error().reason[0].to_string());
    const registered me("me", "here@host");
    const call_result<term> by_name = co_await self.try_call(me, atom("x"), 100ms);
    seen.push_back(by_name.error().message());
  });
  node.run();
  CHECK(seen == trace{"calling_self", "{calling_self,{gen_server,call,[{me,here@host},x,100]}}"});
}
