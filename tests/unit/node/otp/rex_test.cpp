#include "otp/erpc.hpp"
#include "otp/services.hpp"

#include "support/test_shard.hpp"

#include <beamnode/etf/parse.hpp>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

using trace = std::vector<std::string>;

template <class F> void add(otp::exports& to, std::string_view name, F f) {
  to.add(atom("shop"), atom(name), std::tuple_size_v<typename detail::signature<F>::arguments>,
         detail::make_exported(std::move(f)));
}

// A node with rex and a few functions.
struct node_with_rex : test_shard {
  node_with_rex() {
    otp::serve_erpc(functions);
    shard.set_entry_point([this](process& self, atom m, atom f, message arguments) {
      return functions.run(self, m, f, std::move(arguments));
    });
    add(functions, "add", [](std::int64_t a, std::int64_t b) { return a + b; });
    add(functions, "sleep",
        [](process& self, std::int64_t s) { return self.sleep(std::chrono::seconds(s)); });
    add(functions, "fail", [](atom why) -> term { throw error_with(why); });
    add(functions, "leave", [](atom why) -> term { throw exit_with(why); });
    add(functions, "throw", [](atom what) -> term { throw throw_with(what); });
    add(functions, "die", [](process& self) -> task<> {
      self.exit(self.pid(), atom("kill"));
      co_await self.yield();
    });
    add(functions, "leader", [](process& self) { return self.group_leader(); });
    root().spawn({.name = "rex"}, &otp::rex);
    run();
  }
  otp::exports functions{[](std::string_view) {}};
};

// What a call to rex answers; the request is written with `Leader` for a pid.
trace ask(node_with_rex& node, const std::vector<std::string>& requests) {
  trace seen;
  node.spawn([&](process& self) -> task<> {
    for (const std::string& text : requests) {
      const std::size_t last = text.rfind(", Leader}");
      const term parsed = etf::parse_term(text.substr(0, last) + "}").value();
      std::vector<term> parts(parsed.elements().begin(), parsed.elements().end());
      const term request =
          term::from(tuple(parts.at(0), parts.at(1), parts.at(2), parts.at(3), self.pid()));
      const call_result<term> reply = co_await self.try_call(registered("rex"), request, 3s);
      seen.push_back(reply ? reply->to_string() : reply.error().reason[0].to_string());
    }
  });
  node.run();
  for (int i = 0; i < 20; ++i) node.advance(1s);
  return seen;
}

}  // namespace

TEST_CASE("rex answers call and block_call as rpc:call of an old node expects") {
  for (const std::string verb : {"call", "block_call"}) {
    node_with_rex node;
    CHECK(ask(node,
              {"{" + verb + ", shop, add, [40, 2], Leader}",
               "{" + verb + ", shop, throw, [ball], Leader}",
               "{" + verb + ", shop, leave, [why], Leader}",
               "{" + verb + ", shop, fail, [oops], Leader}",
               "{" + verb + ", shop, nothing, [1], Leader}",
               "{" + verb + ", shop, die, [], Leader}", "{" + verb + ", shop, add, x, Leader}"}) ==
          trace{"42", "ball", "{badrpc,{'EXIT',why}}",
                "{badrpc,{'EXIT',{oops,[{shop,fail,1,[]}]}}}",
                "{badrpc,{'EXIT',{undef,[{shop,nothing,[1],[]}]}}}", "{badrpc,{'EXIT',killed}}",
                "{badrpc,{'EXIT',{badarg,[]}}}"});
  }
}

TEST_CASE("calls to rex run side by side, with the group leader they name") {
  node_with_rex node;
  trace seen;
  const auto order = [](std::string_view f, term arguments, pid leader) {
    return tuple(atom("call"), atom("shop"), atom(f), std::move(arguments), leader);
  };
  node.spawn([&](process& self) -> task<> {
    const call_result<term> slow = co_await self.try_call(
        registered("rex"), order("sleep", etf::parse_term("[2]").value(), self.pid()));
    seen.push_back("slow " + slow->to_string());
  });
  node.spawn([&](process& self) -> task<> {
    const call_result<pid> leader =
        co_await self.try_call<pid>(registered("rex"), order("leader", term(), self.pid()));
    seen.push_back(*leader == self.pid() ? "ours" : "another's");
  });
  node.run();
  CHECK(seen == trace{"ours"});
  for (int i = 0; i < 5; ++i) node.advance(1s);
  CHECK(seen == trace{"ours", "slow ok"});
}

TEST_CASE(
    "rex answers C programs, casts, broadcasts and the question for erpc, and survives junk") {
  node_with_rex node;
  trace seen;
  const pid asking = node.spawn([&](process& self) -> task<> {
    self.register_name(atom("asking"), self.pid());
    for (;;) seen.push_back((co_await self.receive<term>()).to_string());
  });
  node.run();
  const registered rex("rex");
  const term two = etf::parse_term("[1, 1]").value();
  process& root = node.root();
  root.send(rex, tuple(asking, tuple(atom("call"), atom("shop"), atom("add"), two, asking)));
  node.run();
  CHECK(seen == trace{"{rex,2}"});
  seen.clear();
  root.send(rex, tuple(asking, tuple(atom("sbcast"), atom("asking"), atom("to all"))));
  root.send(rex, tuple(asking, tuple(atom("sbcast"), atom("nobody"), atom("to none"))));
  root.send(rex, tuple(asking, tuple(atom("send"), atom("nobody"), atom("x"))));
  root.send(rex, tuple(asking, atom("features_request")));
  for (const char* junk :
       {"x", "{call, 1}", "[]", "{'$gen_cast', {cast, 1}}", "{'$gen_cast', 7}"}) {
    root.send(rex, etf::parse_term(junk).value());
  }
  node.run();
  CHECK(seen ==
        trace{"'to all'", "{rex,here@host,here@host}", "{rex,here@host,{nonexisting_name,nobody}}",
              "{rex,here@host,{nonexisting_name,nobody}}", "{features_reply,here@host,[erpc]}"});
  CHECK(ask(node, {"{call, shop, add, [1, 2], Leader}"}) == trace{"3"});
}
