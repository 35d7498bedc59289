#include <beamnode/node/gen_event.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {

task<> bus(process& self, trace& out) {
  event_manager events(self);
  std::int64_t sum = 0;
  events.add_handler(
      "sum"_atom, on_event([&](std::int64_t n) { sum += n; }),
      on_call([&](literal<"sum">) { return sum; }),
      on_event([](literal<"boom">) { throw exit_with("boomed"_atom); }),
      on_terminate([&](const term& why) { out.push_back("sum ends: " + why.to_string()); }));
  events.add_handler("all"_atom, on_event([&](const term& e) -> task<> {
                       co_await self.sleep(1ms);
                       out.push_back("event " + e.to_string());
                     }),
                     on_info([&](const term& m) { out.push_back("info " + m.to_string()); }));
  CHECK_FALSE(events.add_handler("all"_atom, on_info([](const term&) {})));
  co_await events.serve();
}

struct fixture {
  // gen_event's own requests: {Self, {Self, Tag}, Command}
  task<std::string> ask(process& self, term command) {
    const reference ref = self.make_reference();
    self.send(manager, tuple(self.pid(), tuple(self.pid(), ref), command));
    const auto reply = co_await self.receive<std::tuple<reference, term>>(9s);
    co_return reply ? std::get<1>(*reply).to_string() : "silence";
  }
  test_shard node;
  trace out;
  pid manager = node.spawn([this](process& self) { return bus(self, out); });
};

term of(const auto& value) { return term::from(value); }

}  // namespace

TEST_CASE_FIXTURE(fixture, "events go to all handlers, queries to one") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    self.send(manager, tuple("notify"_atom, 2));
    self.send(manager, tuple("notify"_atom, "no number"_atom));
    got.push_back(co_await ask(self, of(tuple("sync_notify"_atom, 40))));
    got.push_back(co_await ask(self, of(tuple("call"_atom, "sum"_atom, "sum"_atom))));
    got.push_back(co_await ask(self, of("which_handlers"_atom)));
    self.send(manager, "plain"_atom);
    got.push_back(co_await ask(self, of(tuple("call"_atom, "none"_atom, "sum"_atom))));
  });
  CHECK(seen == trace{"ok", "42", "[all,sum]", "{error,bad_module}"});
  CHECK(out == trace{"event 2", "event 'no number'", "event 40", "info plain"});
}

TEST_CASE_FIXTURE(fixture, "a handler that fails is taken out, and the others stay") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    got.push_back(co_await ask(self, of(tuple("sync_notify"_atom, "boom"_atom))));
    got.push_back(co_await ask(self, of("which_handlers"_atom)));
    const term odd = of(tuple("call"_atom, "all"_atom, "odd"_atom));
    got.push_back(co_await ask(self, odd));
    got.push_back(co_await ask(self, of("which_handlers"_atom)));
  });
  CHECK(seen == trace{"ok", "[all]", "{error,{'EXIT',{bad_call,odd}}}", "[]"});
  CHECK(out == trace{"event boom", "sum ends: {error,boomed}"});
  CHECK(node.log.size() == 2);
}

TEST_CASE_FIXTURE(fixture,
                  "handlers of other nodes are refused as by a node without their module") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    const atom m = "m"_atom;
    got.push_back(co_await ask(self, of(tuple("add_handler"_atom, m, 1))));
    got.push_back(co_await ask(self, of(tuple("add_handler"_atom, tuple(m, 7), 1))));
    got.push_back(co_await ask(self, of(tuple("swap_handler"_atom, m, 1, "n"_atom, 2))));
    got.push_back(co_await ask(self, of(tuple("delete_handler"_atom, m, 1))));
    got.push_back(co_await ask(self, of(tuple("delete_handler"_atom, "sum"_atom, "why"_atom))));
    got.push_back(co_await ask(self, of("bogus"_atom)));
    got.push_back(co_await ask(self, of("which_handlers"_atom)));
  });
  const std::string undef = "{'EXIT',{undef,[{m,init,[1],[]}]}}";
  CHECK(seen == trace{undef, undef, "{error,{'EXIT',{undef,[{n,init,[2],[]}]}}}",
                      "{error,module_not_found}", "ok", "silence", "[all]"});
  CHECK(out == trace{"sum ends: why"});
}

TEST_CASE_FIXTURE(fixture, "sys sees the handlers, and ends the manager with all of them") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    got.push_back((co_await sys::get_state(self, manager)).to_string());
    got.push_back((co_await sys::get_status(self, manager))[2].to_string());
    co_await sys::suspend(self, manager);
    self.send(manager, tuple("notify"_atom, 5));
    got.push_back(co_await ask(self, of("which_handlers"_atom)));
    co_await sys::resume(self, manager);
    co_await self.sleep(100ms);
    co_await sys::terminate(self, manager, term("bye"_atom));
  });
  CHECK(seen == trace{"[{all,false,not_described},{sum,false,not_described}]", "{module,gen_event}",
                      "silence"});
  CHECK(out == trace{"event 5", "sum ends: stop"});
  CHECK_FALSE(node.alive(manager));
}
