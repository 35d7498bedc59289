#include <beamnode/node/async.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

namespace {

task<std::int64_t> twice(process& worker, std::int64_t n, duration how_long) {
  co_await worker.sleep(how_long);
  co_return 2 * n;
}

task<std::int64_t> fail(process& worker) {
  co_await worker.sleep(1ms);
  throw exit_with("failed"_atom);
}

// erpc:execute_call of [Ref, M, F, [Value]]
task<> answer_erpc(process& self, message arguments) {
  const auto list = arguments.as<std::vector<term>>();
  const term ref = list->at(0);
  const std::string_view function = list->at(2).as_atom()->text();
  const term value = list->at(3).head();
  if (function == "sleep") co_await self.sleep(1h);
  if (function == "die") throw exit_with(value);
  if (function == "error") {
    throw exit_with(tuple(ref, "error"_atom, value, std::vector<term>{value}));
  }
  throw exit_with(tuple(ref, atom(function), value));
}

struct fixture {
  fixture() {
    node.shard.set_entry_point([](process& self, atom, atom, message arguments) {
      return answer_erpc(self, std::move(arguments));
    });
  }
  test_shard node;
};

// What await ends with, where the owner traps exits.
template <class T> task<std::string> outcome(process& self, async_task<T> work, duration limit) {
  std::string text;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await work.await(self, limit);
      text = "done";
    } else {
      const T value = co_await work.await(self, limit);
      text = term::from(value).to_string();
    }
  } catch (const call_error& e) {
    text = "exit " + e.reason()[0].to_string() + " in " + e.reason()[1][1].to_string();
  }
  co_return text;
}

task<> nothing_left(process& self, trace& out) {
  const auto stray = co_await self.receive<term>(2s);
  out.push_back(stray ? "stray " + stray->to_string() : "nothing left");
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "work goes on beside its owner, and its result is awaited") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto slow = async(self, twice, std::int64_t{21}, duration(200ms));
    const auto fast = async(self, twice, std::int64_t{4}, duration(100ms));
    const auto none = async(self, [](process& worker) -> task<> { co_await worker.sleep(1ms); });
    out.push_back(co_await outcome(self, slow, 1s));
    out.push_back(co_await outcome(self, fast, 0ms));
    out.push_back(co_await outcome(self, none, 0ms));
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"42", "8", "done", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "a closure that owns something lives as long as its work") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    std::string text(100, 'x');
    auto body = [text](process& worker) -> task<std::string> {
      co_await worker.sleep(1ms);
      co_return text;
    };
    const auto work = async(self, std::move(body));
    const std::string got = co_await work.await(self);
    out.push_back(got == text ? "same" : "different");
  });
  CHECK(seen == trace{"same"});
}

TEST_CASE_FIXTURE(fixture, "a worker that fails ends its owner, by the link") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto [owner, ref] = self.spawn_monitor([](process& me) -> task<> {
      const auto work = async(me, fail);
      co_await me.sleep(1h);
      static_cast<void>(work);
    });
    out.push_back((co_await self.receive_down(ref)).reason.to_string());
  });
  CHECK(seen == trace{"failed"});
}

TEST_CASE_FIXTURE(fixture, "where exits are trapped, await throws as Task.await exits") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    self.trap_exit(true);
    const auto failing = async(self, fail);
    out.push_back(co_await outcome(self, failing, 1s));
    out.push_back((co_await self.receive<exit_signal>()).reason.to_string());
    const auto slow = async(self, twice, std::int64_t{1}, duration(10s));
    try {
      co_await slow.await(self, 1500ms);
    } catch (const call_error& e) {
      const term arguments = e.reason()[1][2];
      out.push_back(e.reason()[0].to_string());
      out.push_back(arguments.tail().head().to_string());
      const auto fields = arguments.head();
      out.push_back(fields.find(term("__struct__"_atom))->to_string());
      CHECK(*fields.find(term("ref"_atom)) == term::from(slow.ref()));
      CHECK(*fields.find(term("pid"_atom)) == term::from(slow.worker()));
      CHECK(*fields.find(term("owner"_atom)) == term::from(self.pid()));
    }
    CHECK(self.is_alive(slow.worker()));
  });
  CHECK(seen == trace{"exit failed in await", "failed", "timeout", "1500", "'Elixir.Task'"});
}

TEST_CASE_FIXTURE(fixture, "yield asks again and again, shutdown ends the work") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto show = [&](const std::optional<call_result<std::int64_t>>& r) {
      out.push_back(!r ? "nothing" : *r ? std::to_string(**r) : r->error().reason.to_string());
    };
    const auto work = async(self, twice, std::int64_t{2}, duration(300ms));
    show(co_await work.yield(self, 100ms));
    show(co_await work.yield(self, 1s));
    const auto never = async(self, twice, std::int64_t{2}, duration(1h));
    show(co_await never.shutdown(self));
    CHECK_FALSE(self.is_alive(never.worker()));
    const auto done = async(self, twice, std::int64_t{3}, duration(1ms));
    co_await self.sleep(10ms);
    show(co_await done.shutdown(self));
    const auto stubborn = async(self, [](process& worker) -> task<std::int64_t> {
      worker.trap_exit(true);
      co_await worker.sleep(1h);
      co_return 1;
    });
    co_await self.sleep(1ms);
    show(co_await stubborn.shutdown(self, 100ms));
    CHECK_FALSE(self.is_alive(stubborn.worker()));
    self.trap_exit(true);
    const auto failing = async(self, fail);
    show(co_await failing.yield(self, 1s));
    static_cast<void>(co_await self.receive<exit_signal>());
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"nothing", "4", "nothing", "6", "nothing", "failed", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "a function of a node is called as erpc calls it") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    self.trap_exit(true);
    for (const char* const how : {"return", "error", "exit", "throw", "die"}) {
      mfa_call call = mfa("m", how, "value"_atom);
      const auto work = async(self, "here@host", std::move(call));
      out.push_back(co_await outcome(self, work, 1s));
      static_cast<void>(co_await self.receive<exit_signal>());
    }
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"value", "exit {value,[value]} in await", "exit value in await",
                      "exit {{nocatch,value},[]} in await", "exit value in await", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "what runs on a node ends with the owner") {
  node.run();
  const std::size_t before = node.shard.process_count();
  const pid owner = node.spawn([](process& self) -> task<> {
    mfa_call call = mfa("m", "sleep", 1);
    const auto work = async(self, "here@host", std::move(call));
    co_await work.await(self, 1h);
  });
  node.run();
  CHECK(node.shard.process_count() == before + 3);
  node.root().exit(owner, "kill"_atom);
  node.run();
  CHECK(node.shard.process_count() == before);
}
