#include <beamnode/node/agent.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using words = std::map<std::string, std::int64_t>;

TEST_CASE("functions run on the state, in order, and give any C++ type back") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    const agent all(self, words{{"a", 1}});
    co_await all.update(self, [](words& w) { ++w["b"]; });
    all.cast(self, [](words& w) { w["b"] += 10; });
    const auto count = co_await all.get(self, [](const words& w) { return w.at("b"); });
    out.push_back(std::to_string(count));
    const words old =
        co_await all.get_and_update(self, [](words& w) { return std::exchange(w, {}); });
    out.push_back(std::to_string(old.size()));
    // No term: a pointer that nothing else holds.
    const auto pointer = co_await all.get(
        self, [](const words& w) { return std::make_shared<std::size_t>(w.size()); });
    out.push_back(std::to_string(*pointer) + " held " + std::to_string(pointer.use_count()));
    out.push_back((co_await sys::get_state(self, all.pid())).to_string());
  });
  CHECK(seen == trace{"11", "2", "0 held 1", "#{}"});
}

TEST_CASE("what a function throws ends the agent, and the caller with the same reason") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    self.trap_exit(true);
    const agent one(self, std::int64_t{1});
    try {
      co_await one.update(self, [](std::int64_t&) { throw exit_with("bad"_atom); });
    } catch (const call_error& e) {
      out.push_back(e.reason()[0].to_string());
    }
    out.push_back((co_await self.receive<exit_signal>()).reason.to_string());
    try {
      co_await one.update(self, [](std::int64_t& n) { ++n; });
    } catch (const call_error& e) {
      out.push_back(e.reason()[0].to_string());
    }
    one.cast(self, [](std::int64_t& n) { ++n; });
  });
  CHECK(seen == trace{"bad", "bad", "noproc"});
}

TEST_CASE("an agent has a name if asked, and stops") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    const agent one(self, std::int64_t{1}, "one");
    out.push_back(self.whereis("one"_atom) == one.pid() ? "named" : "not named");
    co_await one.stop(self);
    out.push_back(self.is_alive(one.pid()) ? "alive" : "gone");
  });
  CHECK(seen == trace{"named", "gone"});
}

TEST_CASE("functions that nobody runs are destroyed with the agent") {
  test_shard node;
  const auto held = std::make_shared<int>(1);
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    self.trap_exit(true);
    const agent one(self, std::int64_t{1});
    co_await sys::suspend(self, one.pid());
    auto f = [held](std::int64_t& n) { n = *held; };
    one.cast(self, f);
    out.push_back(std::to_string(held.use_count()));
    self.exit(one.pid(), "kill"_atom);
    co_await self.sleep(1ms);
    out.push_back(std::to_string(held.use_count()));
  });
  CHECK(seen == trace{"3", "2"});
  CHECK(held.use_count() == 1);
}

TEST_CASE("what Elixir's Agent sends is done with exported functions, and refused with closures") {
  test_shard node;
  node.shard.set_entry_point([](process&, atom, atom, message arguments) -> task<> {
    const auto list = arguments.as<std::vector<term>>();  // [Ref, M, F, [State, By]]
    const term ref = list->at(0);
    const std::string_view function = list->at(2).as_atom()->text();
    const std::int64_t sum = *list->at(3).head().as_int64() + *list->at(3).tail().head().as_int64();
    if (function == "sum") throw exit_with(tuple(ref, "return"_atom, sum));
    if (function == "both") throw exit_with(tuple(ref, "return"_atom, tuple("old"_atom, sum)));
    if (function == "wrong") throw exit_with(tuple(ref, "return"_atom, "no number"_atom));
    throw exit_with(tuple(ref, "error"_atom, "undef"_atom, std::vector<term>()));
    co_return;
  });
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    self.trap_exit(true);
    const agent one(self, std::int64_t{1});
    const auto order = [](const char* what, const char* f) {
      return term::from(tuple(atom(what), tuple("m"_atom, atom(f), std::vector<int>{10})));
    };
    out.push_back((co_await self.call(one.pid(), order("get", "sum"))).to_string());
    out.push_back((co_await self.call(one.pid(), order("update", "sum"))).to_string());
    out.push_back((co_await self.call(one.pid(), order("get_and_update", "both"))).to_string());
    self.cast(one.pid(), order("cast", "sum"));
    out.push_back((co_await sys::get_state(self, one.pid())).to_string());
    const term closure = term::from(tuple("get"_atom, "a closure"_atom));
    out.push_back((co_await self.call(one.pid(), closure)).to_string());
    const auto failed = co_await self.try_call(one.pid(), order("update", "wrong"));
    out.push_back(failed.error().reason[0][0][0].to_string());
  });
  CHECK(seen == trace{"11", "ok", "old", "31", "{error,{cannot_run,'a closure'}}", "bad_state"});
}
