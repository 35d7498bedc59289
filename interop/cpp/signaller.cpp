// A C++ node that exchanges the rarer signals with a BEAM: priority messages and exits, monitors of
// nodes, spawn requests, group leaders. elixir/signals_test.exs runs it and keeps `observer` for
// it.
//
//     signaller NAME COOKIE BEAM RELEASE
//
// Prints one line a step; exit status 0 when every answer was the one a BEAM would have got.
#include <beamnode/beamnode.hpp>

#include <iostream>

#include "steps.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

namespace {

using words = std::vector<atom>;

std::string join(const words& all) {
  std::string text;
  for (const atom& one : all) text += (text.empty() ? "" : " ") + std::string(one.text());
  return text;
}

class exchange : public steps {
 public:
  exchange(node& home, process& self, std::string beam, bool has_priority)
      : node_(home), self_(self), beam_(std::move(beam)), has_priority_(has_priority) {}

  task<> all() {
    self_.trap_exit(true);
    observer_ = co_await self_.rpc<pid>(beam_, mfa("erlang", "whereis", "observer"_atom));
    co_await priority_out();
    co_await priority_in();
    co_await spawn_requests();
    co_await group_leaders();
    co_await monitored_nodes();
  }

 private:
  /// What is in our own mailbox: atoms, or tags of tuples.
  task<words> mailbox() {
    words seen;
    while (const auto t = co_await self_.receive<term>(duration::zero())) {
      seen.push_back(t->as_atom().value_or((*t)[0].as_atom().value_or("other"_atom)));
    }
    co_return seen;
  }

  task<> priority_out() {
    self_.send(observer_, tuple(self_.pid(), "alias"_atom));
    const auto [tag, alias] =
        co_await self_.receive<std::tuple<etf::literal<"alias">, reference>>();
    self_.send(observer_, "o1"_atom, {.priority = true});
    self_.send(alias, "p1"_atom, {.priority = true});
    self_.exit(alias, "why"_atom, {.priority = true});
    self_.send(alias, "o2"_atom);
    self_.send(registered("observer", beam_), "o3"_atom, {.priority = true});
    self_.exit(observer_, "why"_atom, {.priority = true});
    self_.send(observer_, tuple(self_.pid(), "look"_atom));
    const auto [also, seen] = co_await self_.receive<std::tuple<etf::literal<"seen">, words>>();
    expect("priority to a BEAM", has_priority_ ? "p1 EXIT o1 o2 o3 EXIT" : "o1 p1 o2 o3 EXIT",
           join(seen));
  }

  task<> priority_in() {
    const reference alias = self_.alias({.priority = true});
    const reference plain = self_.alias();
    self_.send(observer_, tuple(self_.pid(), "send"_atom, alias, plain));
    static_cast<void>(co_await self_.receive<etf::literal<"done">>());
    expect("priority from a BEAM", has_priority_ ? "p1 EXIT o1 o2 p2" : "o1 p1 o2 p2",
           join(co_await mailbox()));
    self_.unalias(alias);
    self_.unalias(plain);
  }

  task<> spawn_requests() {
    const auto over = [] { return mfa("erlang", "exit", "over"_atom); };
    const reference ref = self_.spawn_request(beam_, over(), {.monitor = true});
    const auto reply = co_await self_.receive<spawn_reply>();
    expect("spawn_reply", "ours, with a child",
           std::string(reply.ref == ref ? "ours" : "another's") +
               (reply.child ? ", with a child" : ", without"));
    const down ended = co_await self_.receive_down(ref);
    expect("its monitor", "over", ended.reason.to_string());
    self_.spawn_request(beam_, over(), {.link = true, .reply = spawn_reply_when::error_only});
    const auto signal = co_await self_.receive<exit_signal>();
    expect("its link", "over", signal.reason.to_string());
    expect("unreported", "", join(co_await mailbox()));
  }

  task<> group_leaders() {
    self_.group_leader(self_.pid(), observer_);
    self_.send(observer_, tuple(self_.pid(), "leader"_atom));
    const auto [tag, leader] = co_await self_.receive<std::tuple<etf::literal<"leader">, pid>>();
    expect("group leader of a BEAM process", "ours", leader == self_.pid() ? "ours" : "another");
  }

  task<> monitored_nodes() {
    self_.monitor_node("nobody@127.0.0.1", true);
    const auto gone = co_await self_.receive<node_gone>();
    expect("node that is not there", "nobody@127.0.0.1", std::string(gone.node.text()));
    for (const bool on : {true, true, true, false}) self_.monitor_node(beam_, on);
    const std::vector<connection_info> all = node_.connections();
    const bool counted = all.size() == 1 && all[0].node == atom(beam_) && all[0].bytes_in > 0 &&
                         all[0].messages_in > 0 && all[0].messages_out > 0;
    expect("connections()", "counted", counted ? "counted" : "not counted");
    self_.disconnect(beam_);
    expect("nodedown", "nodedown nodedown", join(co_await mailbox()));
    self_.monitor_node(beam_, true);
    expect("connects again", "yes", co_await self_.ping(beam_) ? "yes" : "no");
  }

  node& node_;
  process& self_;
  std::string beam_;
  bool has_priority_;
  pid observer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  try {
    node n({.name = argv[1], .cookie = argv[2]});
    bool failed = true;
    n.spawn([&](process& self) -> task<> {
      exchange e(n, self, argv[3], std::stoi(argv[4]) >= 28);
      co_await e.all();
      failed = e.failed();
      n.stop();
    });
    n.run_for(30s);
    std::cout << (failed ? "FAILED" : "DONE") << std::endl;
    return failed ? 1 : 0;
  } catch (const node_error& e) {
    std::cerr << e.what() << std::endl;
    return e.exit_status();
  }
}
