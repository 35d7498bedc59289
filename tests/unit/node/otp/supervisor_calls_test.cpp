#include <beamnode/node/supervisor.hpp>

#include "support/shop.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;

namespace {

const atom boom("boom");
const atom good("normal");

}  // namespace

TEST_CASE("terminate, restart and delete a child, with OTP's answers") {
  shop s;
  const pid sup = s.start(supervisor(one_for_one, s.make("a"), s.make("t", temporary)));
  const auto ask = [&](std::string_view verb, std::string_view id) {
    return s.ask(sup, tuple(atom(verb), atom(id)));
  };
  CHECK(ask("delete_child", "a") == "{error,running}");
  CHECK(ask("restart_child", "a") == "{error,running}");
  CHECK(ask("terminate_child", "a") == "ok");
  CHECK(ask("terminate_child", "a") == "ok");
  CHECK(s.seen == trace{"-a"});
  const std::string restarted = ask("restart_child", "a");
  CHECK(restarted == "{ok," + s.text("a") + "}");
  CHECK(ask("terminate_child", "t") == "ok");
  CHECK(ask("restart_child", "t") == "{error,not_found}");
  CHECK(ask("terminate_child", "a") == "ok");
  CHECK(ask("delete_child", "a") == "ok");
  for (const auto* verb : {"terminate_child", "restart_child", "delete_child", "get_childspec"}) {
    CHECK(ask(verb, "a") == "{error,not_found}");
  }
  CHECK(s.ask(sup, atom("which_children")) == "[]");
}

TEST_CASE("get_childspec gives what the child was made of") {
  shop s;
  const pid sup = s.start(supervisor(
      one_for_one, child({.id = "a", .restart = transient, .shutdown = 250ms}, s.worker(), "a")));
  CHECK(s.ask(sup, tuple(atom("get_childspec"), atom("a"))) ==
        "{ok,#{id => a,start => {beamnode,child,[a]},restart => transient,shutdown => 250,"
        "type => worker,modules => [beamnode],significant => false}}");
}

TEST_CASE("specs that start_child does not take, with OTP's reasons") {
  shop s;
  const pid sup = s.start(supervisor(one_for_one, s.make("a")));
  const auto refused = [&](const term& spec) {
    return s.ask(sup, tuple(atom("start_child"), spec));
  };
  const term mfa = term::from(tuple(atom("m"), atom("f"), std::vector<term>{}));
  const auto with = [&](std::string_view key, const term& value) {
    return refused(etf::map(atom("id"), 1, atom("start"), mfa, atom(key), value));
  };
  CHECK(refused(atom("foo")) == "{error,{invalid_child_spec,foo}}");
  CHECK(refused(etf::map(atom("start"), mfa)) == "{error,missing_id}");
  CHECK(refused(etf::map(atom("id"), 1)) == "{error,missing_start}");
  CHECK(refused(etf::map(atom("id"), 1, atom("start"), 2)) == "{error,{invalid_mfa,2}}");
  CHECK(with("restart", atom("foo")) == "{error,{invalid_restart_type,foo}}");
  CHECK(with("shutdown", term::from(-1)) == "{error,{invalid_shutdown,-1}}");
  CHECK(with("type", atom("foo")) == "{error,{invalid_child_type,foo}}");
  CHECK(refused(etf::map(atom("id"), atom("a"), atom("start"), mfa)) ==
        "{error,{already_started," + s.text("a") + "}}");
  CHECK(s.node.alive(sup));
}

TEST_CASE("simple_one_for_one: children are added with arguments of their own") {
  shop s;
  const pid sup = s.start(
      supervisor(simple_one_for_one, child({.id = "session", .restart = transient}, s.worker())));
  CHECK(s.ask(sup, atom("which_children")) == "[]");
  trace started;
  s.node.spawn([&](process& self) -> task<> {
    for (const auto* who : {"bob", "eve"}) {
      const call_result<pid> child = co_await start_child(self, sup, std::string(who));
      started.push_back(child ? "ok" : child.error().message());
    }
    const call_result<pid> bad = co_await start_child(self, sup, 1, 2);
    started.push_back(bad ? "ok" : bad.error().message());
  });
  s.node.run();
  CHECK(started == trace{"ok", "ok", "{badarg,[]}"});
  CHECK(s.seen == trace{"+bob", "+eve"});
  CHECK(s.ask(sup, atom("count_children")) == "[{specs,1},{active,2},{supervisors,0},{workers,2}]");
  s.seen.clear();
  s.tell("bob", boom);  // restarted with its arguments
  s.tell("eve", good);  // gone
  CHECK(s.seen == trace{"-bob", "+bob", "-eve"});
  CHECK(s.ask(sup, atom("which_children")) ==
        "[{undefined," + s.text("bob") + ",worker,[beamnode]}]");
  CHECK(s.ask(sup, tuple(atom("terminate_child"), s.now["bob"])) == "ok");
  CHECK(s.ask(sup, tuple(atom("terminate_child"), s.now["bob"])) == "ok");
  CHECK(s.ask(sup, tuple(atom("terminate_child"), sup)) == "{error,not_found}");
  CHECK(s.ask(sup, tuple(atom("terminate_child"), atom("session"))) ==
        "{error,simple_one_for_one}");
  CHECK(s.ask(sup, tuple(atom("delete_child"), atom("session"))) == "{error,simple_one_for_one}");
  CHECK(s.ask(sup, atom("which_children")) == "[]");
}

TEST_CASE("simple_one_for_one: all children end at once") {
  shop s;
  const pid sup = s.start(supervisor(
      simple_one_for_one, child({.id = "s", .restart = temporary, .shutdown = 1s}, s.worker())));
  s.node.spawn([&](process& self) -> task<> {
    for (int i = 0; i < 1000; ++i) static_cast<void>(co_await start_child(self, sup, "x"));
  });
  s.node.run();
  CHECK(s.seen.size() == 1000);
  s.node.root().exit(sup, atom("shutdown"));
  s.node.run();
  CHECK(s.seen.size() == 2000);
  CHECK_FALSE(s.node.alive(sup));
}
