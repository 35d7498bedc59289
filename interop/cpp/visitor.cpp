// A C++ node that goes to a BEAM and uses everything there: calls its GenServers and functions,
// spawns, links, monitors, kills. elixir/visitor_test.exs runs it and keeps `teller`, a GenServer,
// for it.
//
//     visitor NAME COOKIE BEAM
//
// Prints one line a step; exit status 0 when every answer was the one a BEAM would have got.
#include <beamnode/beamnode.hpp>

#include <iostream>
#include <map>

#include "steps.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

namespace {

class visit : public steps {
 public:
  visit(process& self, std::string beam) : self_(self), beam_(std::move(beam)) {}

  task<> all() {
    co_await functions();
    co_await failing_functions();
    co_await servers();
    co_await spawns();
    co_await relations();
    co_await connections();
  }

 private:
  /// The class and reason of what an rpc throws.
  task<std::string> why(std::string module, std::string function, std::vector<term> arguments,
                        duration timeout = 5s) {
    mfa_call call = mfa("erlang", "apply", atom(module), atom(function), arguments);
    try {
      const term value = co_await self_.rpc(beam_, call, timeout);
      co_return "returned " + value.to_string();
    } catch (const throw_with& e) {
      co_return "throw " + e.reason().to_string();
    } catch (const exit_with& e) {
      co_return "exit " + e.reason().to_string();
    } catch (const error_with& e) {
      co_return "error " + e.reason().to_string();
    }
  }

  task<> functions() {
    const atom name = co_await self_.rpc<atom>(beam_, mfa("erlang", "node"));
    expect("erlang:node()", beam_, std::string(name.text()));
    const std::vector<std::int64_t> numbers{1, 2, 300};
    const auto sum = co_await self_.rpc<std::int64_t>(beam_, mfa("lists", "sum", numbers));
    expect("lists:sum", "303", std::to_string(sum));
    const std::string word = "grüße";
    const auto upper =
        co_await self_.rpc<std::string>(beam_, mfa(elixir("String"), "upcase", word));
    expect("String.upcase", "GRÜSSE", upper);
    const std::vector<std::pair<atom, double>> pairs{{"half"_atom, 0.5}};
    const auto map =
        co_await self_.rpc<std::map<atom, double>>(beam_, mfa("maps", "from_list", pairs));
    expect("maps:from_list", "0.5", term::from(map.at("half"_atom)).to_string());
  }

  task<> failing_functions() {
    const std::vector<term> none;
    const std::vector<term> one{term("value"_atom)};
    std::string got = co_await why("erlang", "throw", one);
    expect("throw", "throw value", got);
    got = co_await why("erlang", "exit", one);
    expect("exit", "exit value", got);
    got = co_await why("erlang", "error", one);
    expect("error", "error value", got);
    got = co_await why("no_such_module", "f", none);
    expect("undef", "error undef", got);
    const std::vector<term> long_time{term::from(10'000)};
    got = co_await why("timer", "sleep", long_time, 200ms);
    expect("timeout", "error {erpc,timeout}", got);
  }

  task<> servers() {
    const registered teller("teller", beam_);
    const auto request = tuple("add"_atom, 40, 2);
    const auto sum = co_await self_.call<std::int64_t>(teller, request);
    expect("GenServer.call", "42", std::to_string(sum));
    self_.cast(teller, tuple("keep"_atom, 7));
    const auto kept = co_await self_.call<std::int64_t>(teller, "kept"_atom);
    expect("GenServer.cast", "7", std::to_string(kept));
    call_result<term> answer = co_await self_.try_call(teller, "slow"_atom, 100ms);
    expect("a call that takes too long", "timeout", reason(answer));
    const registered nobody("nobody", beam_);
    answer = co_await self_.try_call(nobody, "x"_atom);
    expect("a call to nobody", "noproc", reason(answer));
    answer = co_await self_.try_call(teller, "crash"_atom);
    expect("a call that ends the server", "crashed", reason(answer));
    const auto stray = co_await self_.receive<term>(1500ms);
    expect("nothing is left over", "nothing", stray ? stray->to_string() : "nothing");
  }
  static std::string reason(const call_result<term>& r) {
    return r ? "answered " + r->to_string() : r.error().reason[0].to_string();
  }

  task<> spawns() {
    const auto [sleeper, ref] = co_await self_.spawn_monitor(beam_, mfa("timer", "sleep", 10));
    down end = co_await self_.receive_down(ref);
    expect("spawn_monitor", "normal", end.reason.to_string());
    const auto [lost, lost_ref] = co_await self_.spawn_monitor(beam_, mfa("no_such_module", "f"));
    end = co_await self_.receive_down(lost_ref);
    expect("an unknown function", "{undef,[{no_such_module,f,[],[]}]}", end.reason.to_string());
    self_.trap_exit(true);
    const pid linked = co_await self_.spawn_link(beam_, mfa("erlang", "exit", "boom"_atom));
    const auto signal = co_await self_.receive<exit_signal>();
    expect("spawn_link", "boom", signal.from == linked ? signal.reason.to_string() : "another");
  }

  task<> relations() {
    reference ref = self_.monitor(registered("nobody", beam_));
    down end = co_await self_.receive_down(ref);
    expect("monitor of nobody", "noproc", end.reason.to_string());
    const pid victim = co_await self_.spawn(beam_, mfa("timer", "sleep", 60'000));
    ref = self_.monitor(victim);
    self_.link(victim);
    self_.exit(victim, "kill"_atom);
    const auto signal = co_await self_.receive<exit_signal>();
    end = co_await self_.receive_down(ref);
    expect("kill, by link", "killed", signal.reason.to_string());
    expect("kill, by monitor", "killed", end.reason.to_string());
    const pid spared = co_await self_.spawn(beam_, mfa("timer", "sleep", 60'000));
    self_.link(spared);
    self_.unlink(spared);
    self_.exit(spared, "kill"_atom);
    const auto none = co_await self_.receive<exit_signal>(200ms);
    expect("unlink", "nothing", none ? none->reason.to_string() : "nothing");
    self_.link(spared);
    const auto late = co_await self_.receive<exit_signal>();
    expect("link to the dead", "noproc", late.reason.to_string());
    const reference address = self_.alias();
    co_await self_.rpc(beam_, mfa("erlang", "send", address, "by alias"_atom));
    expect("alias", "'by alias'", (co_await self_.receive<term>()).to_string());
  }

  task<> connections() {
    self_.monitor_nodes(true);
    const pid there = co_await self_.spawn(beam_, mfa("timer", "sleep", 60'000));
    self_.link(there);
    self_.disconnect(beam_);
    const auto gone = co_await self_.receive<node_down>();
    expect("disconnect", "disconnect", gone.reason.to_string());
    const auto broken = co_await self_.receive<exit_signal>();
    expect("links break", "noconnection", broken.reason.to_string());
    const atom name = co_await self_.rpc<atom>(beam_, mfa("erlang", "node"));
    expect("and back by itself", beam_, std::string(name.text()));
    try {
      co_await self_.rpc("nobody@127.0.0.1", mfa("erlang", "node"));
    } catch (const error_with& e) {
      expect("an unknown node", "{erpc,noconnection}", e.reason().to_string());
    }
    const call_result<bool> connected = co_await self_.connect("nobody@127.0.0.1");
    expect("connect says why", "true",
           connected                                                         ? "connected"
           : connected.error().message().find("nobody") != std::string::npos ? "true"
                                                                             : "false");
  }

  process& self_;
  std::string beam_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  try {
    node n({.name = argv[1], .cookie = argv[2]});
    bool failed = true;
    n.spawn([&](process& self) -> task<> {
      visit v(self, argv[3]);
      co_await v.all();
      failed = v.failed();
      n.stop();
    });
    n.run_for(60s);
    std::cout << (failed ? "FAILED" : "DONE") << std::endl;
    return failed ? 1 : 0;
  } catch (const node_error& e) {
    std::cerr << e.what() << std::endl;
    return e.exit_status();
  }
}
