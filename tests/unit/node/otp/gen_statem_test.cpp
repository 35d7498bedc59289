#include <beamnode/node/gen_statem.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {
enum class door { locked, open, broken };
struct enter {
  std::string code;
};
}  // namespace

template <>
struct beamnode::etf::codec<door>
    : enum_codec<door, enumerator<"locked", door::locked>, enumerator<"open", door::open>,
                 enumerator<"broken", door::broken>> {};
template <>
struct beamnode::etf::codec<enter> : tagged_tuple_codec<enter, "enter", &enter::code> {};

namespace {

// g++ 12: no braces inside a co_await
const enter right{"1234"};
const enter wrong{"0000"};

task<> door_lock(process& self, trace& out) {
  machine at(door::locked);
  std::int64_t entered = 0;
  co_await serve_states(
      self, at, with_state(entered),
      in(door::locked, on_call([&](const enter& e) -> std::string {
           if (e.code != "1234") return "wrong";
           at.next(door::open);
           at.state_timeout(10s);
           return "come in";
         }),
         on_cast([&](literal<"hello">) { at.postpone(); })),
      in(door::open, on_cast([&](literal<"lock">) { at.next(door::locked); }),
         on_call([&](const enter&, const from&) { at.postpone(); }),
         on_cast([&](literal<"hello">) { out.emplace_back("hello"); }),
         on_cast([&](literal<"stay">) { at.state_timeout(20s); }),
         on_cast([&](literal<"keep open">) { at.cancel_state_timeout(); }), on_state_timeout([&] {
           out.emplace_back("closes");
           at.next(door::locked);
         }),
         on_enter([&](door) { ++entered; })),
      on_call([&](literal<"state">) { return at.state(); }),
      on_cast([&](literal<"break">) { at.next(door::broken); }),
      on_enter([&](door before) { out.push_back(term::from(before).to_string()); }),
      on_info([&](std::int64_t n) { out.push_back(std::to_string(n)); }),
      on_terminate([&](const term& why) { out.push_back(why.to_string()); }));
}

struct fixture {
  std::string state(pid machine) {
    std::string text;
    node.spawn([&](process& self) -> task<> {
      text = (co_await self.call(machine, "state"_atom)).to_string();
    });
    node.run();
    return text;
  }
  test_shard node;
  trace out;
  pid lock = node.spawn([this](process& self) { return door_lock(self, out); });
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "events are handled by the state they come in, and change it") {
  const trace replies = run_traced(node, [&](process& self, trace& got) -> task<> {
    got.push_back(co_await self.call<std::string>(lock, wrong));
    got.push_back((co_await self.call(lock, "state"_atom)).to_string());
    got.push_back(co_await self.call<std::string>(lock, right));
    got.push_back((co_await self.call(lock, "state"_atom)).to_string());
    self.cast(lock, "lock"_atom);
    got.push_back((co_await self.call(lock, "state"_atom)).to_string());
    self.send(lock, 7);
  });
  CHECK(replies == trace{"wrong", "locked", "come in", "open", "locked"});
  CHECK(out == trace{"locked", "locked", "open", "7"});
}

TEST_CASE_FIXTURE(fixture, "a state timeout runs once, unless the state changes before") {
  node.run();
  const auto send = [&](const auto& message) {
    node.root().cast(lock, message);
    node.run();
  };
  const auto open = [&] {
    node.spawn([&](process& self) -> task<> { co_await self.call(lock, right); });
    node.run();
  };
  open();
  node.advance(9999ms);
  CHECK(state(lock) == "open");
  node.advance(1ms);
  CHECK(state(lock) == "locked");
  open();
  node.advance(5s);
  send("lock"_atom);
  node.advance(20s);
  CHECK(state(lock) == "locked");
  open();
  node.advance(9s);
  send("stay"_atom);
  node.advance(19s);
  CHECK(state(lock) == "open");
  node.advance(1s);
  CHECK(state(lock) == "locked");
  open();
  send("keep open"_atom);
  node.advance(1h);
  CHECK(state(lock) == "open");
  CHECK(std::ranges::count(out, "closes") == 2);
}

TEST_CASE_FIXTURE(fixture, "postponed messages come again after the next change, in order, first") {
  const trace replies = run_traced(node, [&](process& self, trace& got) -> task<> {
    co_await self.call<std::string>(lock, right);
    // These wait until the door is locked: the first opens it again, the second waits once more.
    const auto both = [&](process& other) -> task<> {
      got.push_back(co_await other.call<std::string>(lock, right, 1h));
    };
    self.spawn(both);
    self.spawn(both);
    co_await self.sleep(1ms);
    CHECK(got.empty());
    self.cast(lock, "lock"_atom);
    co_await self.sleep(1ms);
    CHECK(got.size() == 1);
    self.cast(lock, "lock"_atom);
    co_await self.sleep(1ms);
  });
  CHECK(replies == trace{"come in", "come in"});
}

TEST_CASE_FIXTURE(fixture, "what was postponed comes before what arrived later") {
  node.root().cast(lock, "hello"_atom);
  node.spawn([&](process& self) -> task<> { co_await self.call(lock, right); });
  node.run();
  node.root().send(lock, 1);
  node.run();
  CHECK(out == trace{"locked", "locked", "hello", "1"});
}

TEST_CASE_FIXTURE(fixture, "sys sees {State, Data}, suspends, resumes and ends the machine") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    got.push_back((co_await sys::get_state(self, lock)).to_string());
    co_await self.call(lock, right);
    got.push_back((co_await sys::get_state(self, lock)).to_string());
    const term status = co_await sys::get_status(self, lock);
    got.push_back(status[2].to_string());
    co_await sys::suspend(self, lock);
    self.send(lock, 9);
    co_await self.sleep(15s);  // longer than the state timeout
    got.push_back((co_await sys::get_state(self, lock)).to_string());
    co_await sys::resume(self, lock);
    got.push_back((co_await sys::get_state(self, lock)).to_string());
    co_await sys::terminate(self, lock, term("bye"_atom));
  });
  CHECK(seen == trace{"{locked,0}", "{open,1}", "{module,gen_statem}", "{open,1}", "{locked,1}"});
  // The timeout that was over before the message is taken comes first.
  CHECK(out == trace{"locked", "locked", "closes", "open", "9", "bye"});
}

TEST_CASE_FIXTURE(fixture, "a call that no handler takes ends the machine") {
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    self.cast(lock, "break"_atom);
    const auto r = co_await self.try_call(lock, right);
    got.push_back(r.error().reason[0].to_string());
  });
  CHECK(seen == trace{"{bad_call,{enter,<<\"1234\">>}}"});
}

TEST_CASE_FIXTURE(fixture, "sys:replace_state replaces state and data, if they are of the type") {
  term by;
  node.shard.set_entry_point([&](process&, atom, atom, message arguments) -> task<> {
    const term ref = arguments.as<std::vector<term>>()->front();
    throw exit_with(tuple(ref, "return"_atom, by));
    co_return;
  });
  byte_buffer fun;
  fun.append(std::uint8_t{113});  // EXPORT_EXT
  etf::writer w{fun};
  w.write_atom("m"_atom);
  w.write_atom("f"_atom);
  w.write_integer(1);
  const term f = *term::decode_bare(fun);
  const trace seen = run_traced(node, [&](process& self, trace& got) -> task<> {
    const std::vector<term> states{term::from(tuple("open"_atom, 5)), term("open"_atom),
                                   term::from(tuple("ajar"_atom, 5)),
                                   term::from(tuple("locked"_atom, "x"_atom))};
    for (const term& one : states) {
      by = one;
      try {
        got.push_back((co_await sys::replace_state(self, lock, f)).to_string());
      } catch (const error_with& e) {
        got.push_back(e.reason()[2][1][0].to_string());
      }
    }
    got.push_back((co_await sys::get_state(self, lock)).to_string());
  });
  CHECK(seen == trace{"{open,5}", "bad_state", "bad_state", "bad_state", "{open,5}"});
}
