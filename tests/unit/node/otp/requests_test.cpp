#include <beamnode/node/gen_server.hpp>
#include <beamnode/node/requests.hpp>

#include "support/memory_cluster.hpp"
#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {

task<> answer_after(process& self, from caller, std::int64_t ms) {
  co_await self.sleep(std::chrono::milliseconds(ms));
  self.reply(caller, ms);
}

// A call with a number is answered with it after as many milliseconds.
task<> sleeper(process& self) {
  co_await serve(self, on_call([&](std::int64_t ms, const from& caller) {
                   self.spawn(answer_after, caller, ms);
                 }),
                 on_call([](literal<"stop">, const from&) { throw exit_with("stopped"_atom); }),
                 on_cast([](literal<"stop">) { throw exit_with("cast"_atom); }));
}

template <class T> std::string text(const call_result<T>& r) {
  return r ? term::from(*r).to_string() : "failed: " + r.error().reason.to_string();
}

struct fixture {
  test_shard node;
  pid server = node.spawn(sleeper);
  std::string server_text = term::from(server).to_string();
};

task<> nothing_left(process& self, trace& out) {
  const auto stray = co_await self.receive<term>(10s);
  out.push_back(stray ? "stray " + stray->to_string() : "nothing left");
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "a request is answered later, in any order, among other messages") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto slow = send_request<std::int64_t>(self, server, 300);
    const auto fast = send_request<std::int64_t>(self, server, 100);
    self.send(self.pid(), "noise"_atom);
    out.push_back(text(co_await receive_response(self, slow)));
    out.push_back(text(co_await receive_response(self, fast, 0ms)));
    out.push_back((co_await self.receive<term>()).to_string());
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"300", "100", "noise", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "receive_response gives up, wait_response may be asked again") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto first = send_request<std::int64_t>(self, server, 500);
    out.push_back(text(co_await receive_response(self, first, 100ms)));
    const auto second = send_request<std::int64_t>(self, server, 500);
    const auto early = co_await wait_response(self, second, 100ms);
    out.push_back(early ? "early" : "not yet");
    const auto late = co_await wait_response(self, second, 1s);
    out.push_back(late ? text(*late) : "not yet");
    const auto third = send_request<std::int64_t>(self, server, 1);
    abandon(self, third);
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"failed: timeout", "not yet", "500", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "check_response tells which message is the reply") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto a = send_request<std::int64_t>(self, server, 20);
    const auto b = send_request<std::int64_t>(self, server, 10);
    self.send(self.pid(), tuple(self.make_reference(), 1));
    self.send(self.pid(), std::vector<int>{1, 2});
    for (int i = 0; i < 4; ++i) {
      const message m = co_await self.receive<message>();
      if (const auto reply = check_response(self, m, a)) {
        out.push_back("a " + text(*reply));
      } else if (const auto other = check_response(self, m, b)) {
        out.push_back("b " + text(*other));
      } else {
        out.emplace_back("other");
      }
    }
  });
  CHECK(seen == trace{"other", "other", "b 10", "a 20"});
}

TEST_CASE_FIXTURE(fixture, "a server that ends or is not there gives {Reason, Server}") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto nobody = send_request(self, registered("nobody"), 1);
    out.push_back(text(co_await receive_response(self, nobody)));
    const auto elsewhere = send_request(self, registered("nobody", "here@host"), 1);
    out.push_back(text(co_await receive_response(self, elsewhere)));
    const auto pending = send_request(self, server, 5000);
    const auto stop = send_request(self, server, "stop"_atom);
    out.push_back(text(co_await receive_response(self, stop)));
    out.push_back(text(co_await receive_response(self, pending)));
    const auto dead = send_request(self, server, 1);
    out.push_back(text(co_await receive_response(self, dead)));
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"failed: {noproc,nobody}", "failed: {noproc,{nobody,here@host}}",
                      "failed: {stopped," + server_text + "}",
                      "failed: {stopped," + server_text + "}",
                      "failed: {noproc," + server_text + "}", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "many requests have one deadline, and their results keep their order") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    std::vector<request_id<std::int64_t>> asked;
    for (const int ms : {400, 100, 5000, 200, 3000}) {
      asked.push_back(send_request<std::int64_t>(self, server, ms));
    }
    asked.push_back(send_request<std::int64_t>(self, registered("nobody"), 1));
    for (const auto& r : co_await receive_responses(self, asked, 1s)) out.push_back(text(r));
    const std::vector<request_id<std::int64_t>> none;
    out.push_back(std::to_string((co_await receive_responses(self, none, 1s)).size()));
    co_await nothing_left(self, out);
  });
  CHECK(seen == trace{"400", "100", "failed: timeout", "200", "failed: timeout",
                      "failed: {noproc,nobody}", "0", "nothing left"});
}

TEST_CASE_FIXTURE(fixture, "the first of many responses is taken, the others go on") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    std::vector<request_id<std::int64_t>> asked;
    for (const int ms : {300, 100, 200}) {
      asked.push_back(send_request<std::int64_t>(self, server, ms));
    }
    const auto too_early = co_await receive_first_response(self, asked, 50ms);
    out.push_back(too_early ? "early" : "not yet");
    while (!asked.empty()) {
      const auto first = co_await receive_first_response(self, asked);
      out.push_back(text(first->result));
    }
  });
  CHECK(seen == trace{"not yet", "100", "200", "300"});
}

TEST_CASE_FIXTURE(fixture, "a reply of another type is a bad_reply") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto id = send_request<std::string>(self, server, 1);
    try {
      static_cast<void>(co_await receive_response(self, id));
    } catch (const error_with& e) {
      out.push_back(e.reason()[0].to_string());
    }
  });
  CHECK(seen == trace{"bad_reply"});
}

TEST_CASE("multi_call and abcast reach a name on many nodes, and tell who did not answer") {
  memory_cluster cluster;
  memory_node& a = cluster.add("a@host");
  memory_node& b = cluster.add("b@host");
  memory_node& c = cluster.add("c@host");
  const pid b_sleeper = b.root().spawn({.name = "sleeper"}, sleeper);
  a.root().spawn({.name = "sleeper"}, sleeper);
  trace seen;
  a.root().spawn([&](process& self) -> task<> {
    const std::vector<atom> nodes{"a@host"_atom, "c@host"_atom, "b@host"_atom, "no@host"_atom};
    const auto all = co_await multi_call<std::int64_t>(self, nodes, "sleeper", 0, 5s);
    for (const auto& [node, value] : all.replies) {
      seen.push_back(std::string(node.text()) + " " + std::to_string(value));
    }
    for (const atom node : all.bad_nodes) seen.push_back("bad " + std::string(node.text()));
    abcast(self, nodes, "sleeper", "stop"_atom);
  });
  cluster.settle();
  CHECK(seen == trace{"a@host 0", "b@host 0", "bad c@host", "bad no@host"});
  CHECK(b.home.find(b_sleeper) == nullptr);
  CHECK(a.home.find("sleeper"_atom) == nullptr);
  static_cast<void>(c);
}
