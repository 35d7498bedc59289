#include <beamnode/node/gen_server.hpp>

#include "support/test_shard.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

struct add {
  std::int64_t by;
};
struct get {};
struct later {
  std::int64_t ms;
};

}  // namespace

template <> struct beamnode::etf::codec<add> : tagged_tuple_codec<add, "add", &add::by> {};
template <> struct beamnode::etf::codec<get> : tagged_tuple_codec<get, "get"> {};
template <> struct beamnode::etf::codec<later> : tagged_tuple_codec<later, "later", &later::ms> {};

namespace {

task<> answer_later(process& self, from caller, std::int64_t ms) {
  co_await self.sleep(std::chrono::milliseconds(ms));
  self.reply(caller, atom("at last"));
}

task<> counter(process& self) {
  std::int64_t n = 0;
  std::int64_t infos = 0;
  co_await serve(
      self, on_call([&](add m) { return n += m.by; }), on_call([&](get) { return n; }),
      on_call([&](later m, from caller) { self.spawn(answer_later, caller, m.ms); }),
      on_call([&](std::tuple<etf::literal<"slow">, std::int64_t> m) -> task<std::int64_t> {
        co_await self.sleep(std::chrono::milliseconds(std::get<1>(m)));
        co_return n;
      }),
      on_call([&](etf::literal<"stop">) -> atom { throw exit_with(atom("normal")); }),
      on_cast([&](add m) { n += m.by; }), on_info([&](std::int64_t) { ++infos; }));
}

// Runs `body` as a process and gives its trace.
template <class F> trace run(test_shard& node, F body) {
  trace seen;
  node.spawn([&](process& self) -> task<> { co_await body(self, seen); });
  node.run();
  for (int i = 0; i < 20; ++i) node.advance(1s);
  return seen;
}

}  // namespace

TEST_CASE("calls are answered, casts and infos are taken, in order of arrival") {
  test_shard node;
  const pid server = node.spawn(counter);
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    out.push_back(std::to_string(co_await self.call<std::int64_t>(server, add{2})));
    self.cast(server, add{40});
    self.send(server, 17);
    self.send(server, atom("unexpected"));
    out.push_back(std::to_string(co_await self.call<std::int64_t>(server, get{})));
  });
  CHECK(seen == trace{"2", "42"});
  CHECK(node.alive(server));
}

TEST_CASE("a reply may come later, from elsewhere, while others are served") {
  test_shard node;
  const pid server = node.spawn(counter);
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    const pid other = self.spawn([&](process& me) -> task<> {
      out.push_back((co_await me.call(server, later{3000})).to_string());
    });
    co_await self.sleep(1ms);
    out.push_back(std::to_string(co_await self.call<std::int64_t>(server, get{})));
    const reference ref = self.monitor(other);
    static_cast<void>(co_await self.receive_down(ref));
  });
  CHECK(seen == trace{"0", "'at last'"});
}

TEST_CASE("a handler that is a coroutine holds up the next message, not the other processes") {
  test_shard node;
  const pid server = node.spawn(counter);
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    self.cast(server, add{5});
    out.push_back(
        std::to_string(co_await self.call<std::int64_t>(server, tuple(atom("slow"), 2000))));
  });
  CHECK(seen == trace{"5"});
}

TEST_CASE("calls that fail give Erlang's reasons") {
  test_shard node;
  const pid server = node.spawn(counter);
  const pid gone = node.spawn([](process&) -> task<> { co_return; });
  node.run();
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    const auto why = [&](const call_result<term>& r) {
      out.push_back(r ? "answered" : r.error().reason[0].to_string());
    };
    why(co_await self.try_call(gone, get{}));
    why(co_await self.try_call(registered("nobody"), get{}));
    why(co_await self.try_call(server, later{5000}, 1s));
    why(co_await self.try_call(server, tuple(atom("slow"), 5000), 1s));
    const call_result<term> named = co_await self.try_call(registered("nobody"), 7, 3s);
    out.push_back(named.error().reason.to_string());
    // The late replies of the two that timed out go nowhere.
    co_await self.sleep(10s);
    const auto stray = co_await self.receive<term>(0ms);
    out.push_back(stray ? stray->to_string() : "no stray message");
    why(co_await self.try_call(server, atom("stop")));
  });
  CHECK(seen == trace{"noproc", "noproc", "timeout", "timeout",
                      "{noproc,{gen_server,call,[nobody,7,3000]}}", "no stray message", "normal"});
}

TEST_CASE("a call that nobody handles ends the server as a GenServer without a clause") {
  test_shard node;
  const pid server = node.spawn(counter);
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    const auto r = co_await self.try_call(server, tuple(atom("what"), 1));
    out.push_back(r.error().reason[0].to_string());
  });
  CHECK(seen == trace{"{bad_call,{what,1}}"});
  const pid second = node.spawn(counter);
  node.root().cast(second, atom("what"));
  node.run();
  CHECK_FALSE(node.alive(second));
}

TEST_CASE("an uncaught call_error ends the caller with the reason of the call") {
  test_shard node;
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    const auto [caller, ref] = self.spawn_monitor([](process& me) -> task<> {
      static_cast<void>(co_await me.call(registered("nobody"), get{}));
    });
    out.push_back((co_await self.receive_down(ref)).reason[0].to_string());
  });
  CHECK(seen == trace{"noproc"});
}

TEST_CASE("the answer of a call is found behind a million messages without looking at them") {
  test_shard node;
  const pid server = node.spawn(counter);
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    for (int i = 0; i < 100'000; ++i) self.send(self.pid(), atom("noise"));
    for (int i = 0; i < 1000; ++i) co_await self.call<std::int64_t>(server, add{1});
    out.push_back(std::to_string(co_await self.call<std::int64_t>(server, get{})));
  });
  CHECK(seen == trace{"1000"});
}

TEST_CASE("a call can be received as a message, and answered by hand") {
  test_shard node;
  const pid server = node.spawn([](process& self) -> task<> {
    for (;;) {
      const auto call = co_await self.receive<gen_call<add>>();
      self.reply(call.caller, call.request.by * 2);
    }
  });
  const trace seen = run(node, [&](process& self, trace& out) -> task<> {
    const auto doubled = co_await self.call<std::int64_t>(server, add{21});
    out.push_back(std::to_string(doubled));
  });
  CHECK(seen == trace{"42"});
}

TEST_CASE("replies go where the tag says: alias, alias of a multi_call, or the caller") {
  test_shard node;
  const pid server = node.spawn(counter);
  node.run();
  const atom there("there@host");
  const reference ref{there, 5, {1, 2, 3}, 3};
  const auto call = [&](const auto& encode_tag) {
    byte_buffer m;
    etf::writer w{m};
    w.write_tuple(3);
    w.write_atom(atom("$gen_call"));
    w.write_tuple(2);
    w.write_pid(stranger());
    encode_tag(w);
    w.write_atom(atom("get"));
    node.shard.deliver(server, m);
    node.run();
    return node.outside.signals.empty() ? std::string() : node.outside.signals.back();
  };
  const auto alias_tag = [&](etf::writer& w) {
    w.write_list(1);
    w.write_atom(atom("alias"));
    w.write_reference(ref);
  };
  CHECK(call(alias_tag).starts_with("alias_send here.2 ref {[alias|"));
  CHECK(call([&](etf::writer& w) {
          w.write_list(1);
          alias_tag(w);
          w.write_reference(ref);
        }).starts_with("alias_send here.2 ref {[[alias|"));
  CHECK(call([&](etf::writer& w) { w.write_reference(ref); }).starts_with("send here.2 there.9 {"));
  CHECK(call([&](etf::writer& w) { w.write_atom(atom("any_term")); }) ==
        "send here.2 there.9 {any_term,0}");
}
