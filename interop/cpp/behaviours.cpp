// A node with one server of each behaviour for BEAMs to use: `door` (gen_statem), `bus`
// (gen_event), `tally` (an agent), `worker` (a gen_server that goes on with work and has an
// on_terminate). elixir/behaviours_test.exs runs it. Given a BEAM it visits that, too, asks its
// GenServer `teller` in every way, and prints one line a step.
//
//     behaviours NAME COOKIE [BEAM]
#include <beamnode/beamnode.hpp>

#include <iostream>

#include "steps.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {
enum class door { locked, open };
}

template <>
struct beamnode::etf::codec<door>
    : enum_codec<door, enumerator<"locked", door::locked>, enumerator<"open", door::open>> {};

namespace {

task<> door_lock(process& self) {
  machine at(door::locked);
  std::int64_t opened = 0;
  co_await serve_states(self, at, with_state(opened),
                        in(door::locked, on_call([&](literal<"open">) {
                             ++opened;
                             at.next(door::open);
                             at.state_timeout(300ms);
                             return "ok"_atom;
                           }),
                           on_call([&](literal<"close">, const from&) { at.postpone(); })),
                        in(door::open, on_call([&](literal<"close">) {
                             at.next(door::locked);
                             return "ok"_atom;
                           }),
                           on_cast([&](literal<"slam">) { at.next(door::locked); }),
                           on_state_timeout([&] { at.next(door::locked); })),
                        on_call([&](literal<"state">) { return at.state(); }));
}

task<> bus(process& self) {
  event_manager events(self);
  std::int64_t sum = 0;
  events.add_handler("sum"_atom, on_event([&](std::int64_t n) { sum += n; }),
                     on_call([&](literal<"sum">) { return sum; }));
  events.add_handler("quiet"_atom, on_event([](const term&) {}));
  co_await events.serve();
}

task<> worker(process& self) {
  std::vector<term> log;
  co_await serve(self, with_state(log), on_call([&](literal<"log">) { return log; }),
                 on_call([&](const std::tuple<literal<"do">, term>& m) {
                   log.push_back("asked"_atom);
                   return reply_and_continue("ok"_atom, std::get<1>(m));
                 }),
                 on_continue([&](const term& work) { log.push_back(work); }),
                 on_cast([&](literal<"end">) { throw exit_with("ended"_atom); }),
                 on_terminate([&](const term& why) {
                   std::cout << "worker ends: " << why.to_string() << std::endl;
                 }));
}

task<> keep(process& self) {
  const agent tally(self, std::int64_t{1}, "tally");
  for (;;) static_cast<void>(co_await self.receive<message>());
}

class visit : public steps {
 public:
  visit(process& self, std::string beam) : self_(self), beam_(std::move(beam)) {}

  task<> all() {
    self_.trap_exit(true);
    const registered teller("teller", beam_);
    const auto add = tuple("add"_atom, 40, 2);
    std::vector<request_id<std::int64_t>> asked;
    for (int i = 0; i < 10; ++i) asked.push_back(send_request<std::int64_t>(self_, teller, add));
    std::int64_t sum = 0;
    for (const auto& r : co_await receive_responses(self_, asked, 5s)) sum += r ? *r : 0;
    expect("ten requests at once", "420", std::to_string(sum));
    const auto slow = send_request(self_, teller, "slow"_atom);
    const auto early = co_await wait_response(self_, slow, 50ms);
    expect("wait_response", "not yet", early ? "early" : "not yet");
    const call_result<term> late = co_await receive_response(self_, slow, 5s);
    expect("receive_response", "late", late ? late->to_string() : late.error().message());
    const auto nobody = send_request(self_, registered("nobody", beam_), 1);
    const call_result<term> none = co_await receive_response(self_, nobody, 5s);
    expect("a request to nobody", "{noproc,{nobody," + term(atom(beam_)).to_string() + "}}",
           none ? none->to_string() : none.error().message());
    const std::vector<atom> nodes{atom(beam_), atom("nowhere@127.0.0.1")};
    const auto many = co_await multi_call<std::int64_t>(self_, nodes, "teller", add, 5s);
    expect("multi_call replies", "1", std::to_string(many.replies.size()));
    expect("multi_call bad nodes", "1", std::to_string(many.bad_nodes.size()));
    const auto keep_seven = tuple("keep"_atom, 7);
    abcast(self_, nodes, "teller", keep_seven);
    const auto kept = co_await self_.call<std::int64_t>(teller, "kept"_atom);
    expect("abcast", "7", std::to_string(kept));
    const term state = co_await sys::get_state(self_, teller);
    expect("sys:get_state", "7", state.to_string());
    co_await sys::suspend(self_, teller);
    const term status = co_await sys::get_status(self_, teller);
    expect("sys:suspend", "suspended", status[3].tail().head().to_string());
    co_await sys::resume(self_, teller);
    co_await tasks();
  }

 private:
  task<> tasks() {
    const std::vector<std::int64_t> numbers{1, 2, 300};
    mfa_call sum = mfa("lists", "sum", numbers);
    const auto there = async<std::int64_t>(self_, beam_, std::move(sum));
    const auto here = async(self_, [](process& w) -> task<std::string> {
      co_await w.sleep(10ms);
      co_return "local";
    });
    expect("async on the BEAM", "303", std::to_string(co_await there.await(self_)));
    expect("async here", "local", co_await here.await(self_));
    mfa_call boom = mfa("erlang", "exit", "boom"_atom);
    const auto failing = async(self_, beam_, std::move(boom));
    std::string why;
    try {
      co_await failing.await(self_);
    } catch (const call_error& e) {
      why = e.reason()[0].to_string();
    }
    expect("async that exits", "boom", why);
    mfa_call nap = mfa("timer", "sleep", 60'000);
    const auto sleeping = async(self_, beam_, std::move(nap));
    co_await self_.sleep(100ms);
    const auto nothing = co_await sleeping.shutdown(self_);
    expect("shutdown", "nothing", nothing ? "something" : "nothing");
  }

  process& self_;
  std::string beam_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  try {
    node n({.name = argv[1], .cookie = argv[2]});
    n.export_function("tally", "plus",
                      [](std::int64_t state, std::int64_t by) { return state + by; });
    n.export_function("tally", "twice", [](std::int64_t state) { return 2 * state; });
    n.spawn({.name = "door"}, door_lock);
    n.spawn({.name = "bus"}, bus);
    n.spawn({.name = "worker"}, worker);
    n.spawn(keep);
    if (argc == 3) {
      n.start();
      std::cout << "READY" << std::endl;
      n.run();
      return 0;
    }
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
