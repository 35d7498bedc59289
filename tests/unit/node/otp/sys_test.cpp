#include <beamnode/node/gen_server.hpp>

#include "support/run_traced.hpp"

#include <doctest/doctest.h>

using namespace beamnode;
using namespace beamnode::test;
using namespace beamnode::etf::literals;
using namespace std::chrono_literals;

using etf::literal;

namespace {

// {N, Infos}, as sys sees it.
task<> counter(process& self) {
  std::int64_t n = 0;
  std::vector<term> infos;
  co_await serve(self, with_state(n, infos), on_call([&](std::int64_t by) { return n += by; }),
                 on_cast([&](std::int64_t by) { n += by; }),
                 on_info([&](const term& m) { infos.push_back(m); }));
}

// Asks as sys does, and gives the reply as it came.
task<term> ask(process& self, pid server, term what) {
  const reference ref = self.make_reference();
  self.send(server, tuple("system"_atom, tuple(self.pid(), ref), what));
  auto reply = co_await self.receive<std::tuple<reference, term>>(1s);
  co_return reply ? std::get<1>(*reply) : term("silence"_atom);
}

term of(const auto& value) { return term::from(value); }

// fun m:Name/Arity
term fun_of(atom name, std::int64_t arity = 1) {
  byte_buffer bytes;
  bytes.append(std::uint8_t{113});  // EXPORT_EXT
  etf::writer w{bytes};
  w.write_atom("m"_atom);
  w.write_atom(name);
  w.write_integer(arity);
  return *term::decode_bare(bytes);
}

struct fixture {
  test_shard node;
  pid server = node.spawn(counter);
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "get_state gives the state that the server described") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    out.push_back((co_await ask(self, server, "get_state"_atom)).to_string());
    self.cast(server, 7);
    self.send(server, "hello"_atom);
    out.push_back((co_await ask(self, server, "get_state"_atom)).to_string());
    out.push_back((co_await sys::get_state(self, server)).to_string());
  });
  CHECK(seen == trace{"{ok,{0,[]}}", "{ok,{7,[hello]}}", "{7,[hello]}"});
}

TEST_CASE("a state of one variable is shown as it is") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    const pid server = self.spawn([](process& me) -> task<> {
      std::string text = "state";
      co_await serve(me, with_state(text));
    });
    out.push_back((co_await sys::get_state(self, server)).to_string());
  });
  CHECK(seen == trace{"<<\"state\">>"});
}

TEST_CASE("a server that did not say what its state is says so") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    const pid server = self.spawn([](process& me) -> task<> { co_await serve(me); });
    try {
      static_cast<void>(co_await sys::get_state(self, server));
    } catch (const error_with& e) {
      out.push_back(e.reason().to_string());
    }
    const term fun = fun_of("bump"_atom);
    const term reply = co_await ask(self, server, of(tuple("replace_state"_atom, fun)));
    out.push_back(reply.to_string());
  });
  CHECK(seen == trace{"{callback_failed,{gen_server,system_get_state},{error,not_described}}",
                      "{error,{callback_failed,{gen_server,system_replace_state},"
                      "{error,not_described}}}"});
}

TEST_CASE_FIXTURE(fixture, "a suspended server keeps its messages in order until it is resumed") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    co_await sys::suspend(self, server);
    for (int i = 1; i <= 3; ++i) self.send(server, i);
    self.cast(server, 10);
    const call_result<term> early = co_await self.try_call(server, 5, 1s);
    out.push_back(early ? "answered" : early.error().reason[0].to_string());
    out.push_back((co_await sys::get_state(self, server)).to_string());
    out.push_back((co_await sys::get_status(self, server))[3].elements().begin()->to_string());
    co_await sys::suspend(self, server);  // twice is once
    co_await sys::resume(self, server);
    out.push_back((co_await sys::get_state(self, server)).to_string());
    co_await sys::resume(self, server);
    out.push_back(std::to_string(co_await self.call<std::int64_t>(server, 1)));
  });
  CHECK(seen == trace{"timeout", "{0,[]}",
                      "[{'$initial_call',{beamnode,serve,1}},{'$ancestors',[]}]", "{15,[1,2,3]}",
                      "16"});
}

TEST_CASE_FIXTURE(fixture, "get_status has the shape that sys and observer show") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    self.register_name("counter"_atom, server);
    const term status = co_await sys::get_status(self, server);
    const std::string who = of(server).to_string();
    CHECK(status[1] == of(server));
    CHECK(status.to_string() == "{status," + who +
                                    ",{module,gen_server},[[{'$initial_call',{beamnode,serve,1}},"
                                    "{'$ancestors',[]}],running," +
                                    who +
                                    ",[],[{header,\"Status for generic server "
                                    "counter\"},{data,[{\"Status\",running},{\"Parent\"," +
                                    who +
                                    "},{\"Logged events\",[]}]},{data,[{\"State\",{0,[]}}]}]]}");
    co_await sys::suspend(self, server);
    const term list = (co_await sys::get_status(self, server))[3];
    out.push_back(list.tail().head().to_string());
  });
  CHECK(seen == trace{"suspended"});
}

TEST_CASE_FIXTURE(fixture, "terminate ends the server with that reason, and its hook runs") {
  trace hook;
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const reference ref = self.monitor(server);
    co_await sys::terminate(self, server, term("bye"_atom));
    out.push_back((co_await self.receive_down(ref)).reason.to_string());
    const pid second = self.spawn([&](process& me) -> task<> {
      co_await serve(me, on_terminate([&](const term& why) { hook.push_back(why.to_string()); }));
    });
    co_await sys::suspend(self, second);
    co_await sys::terminate(self, second, term("suspended too"_atom));
  });
  CHECK(seen == trace{"bye"});
  CHECK(hook == trace{"'suspended too'"});
}

TEST_CASE_FIXTURE(fixture, "unknown system messages are answered so, and hurt nobody") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    out.push_back((co_await ask(self, server, "foo"_atom)).to_string());
    const term change = of(tuple("change_code"_atom, "m"_atom, 1, "x"_atom));
    out.push_back((co_await ask(self, server, change)).to_string());
    out.push_back((co_await ask(self, server, of(tuple("terminate"_atom)))).to_string());
    self.send(server, tuple("system"_atom, "no_from"_atom, "get_state"_atom));
    self.send(server, tuple("system"_atom, tuple("no_pid"_atom, 1), "get_state"_atom));
    out.push_back((co_await self.call(server, 1)).to_string());
  });
  CHECK(seen == trace{"{error,{unknown_system_msg,foo}}",
                      "{error,{unknown_system_msg,{change_code,m,1,x}}}",
                      "{error,{unknown_system_msg,{terminate}}}", "1"});
  CHECK(node.alive(server));
}

TEST_CASE_FIXTURE(fixture, "replace_state runs exported functions, and reports how others fail") {
  node.shard.set_entry_point([](process&, atom, atom, message arguments) -> task<> {
    // erpc:execute_call of [Ref, M, F, [State]]
    const auto order = arguments.as<std::tuple<term, atom, atom, std::vector<term>>>();
    const auto list = arguments.as<std::vector<term>>();
    const term ref = list->at(0);
    const atom function = *list->at(2).as_atom();
    const term state = list->at(3).head();
    const auto answer = [&](const auto& value) {
      throw exit_with(tuple(ref, "return"_atom, value));
    };
    if (function == "bump"_atom) answer(tuple(*state[0].as_int64() + 1, state[1]));
    if (function == "wrong"_atom) answer("no state"_atom);
    if (function == "throws"_atom) throw exit_with(tuple(ref, "throw"_atom, 1));
    if (function == "exits"_atom) throw exit_with(tuple(ref, "exit"_atom, 2));
    throw exit_with(tuple(ref, "error"_atom, "undef"_atom, std::vector<term>()));
    co_return;
  });
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    for (const atom f : {"bump"_atom, "wrong"_atom, "throws"_atom, "exits"_atom, "none"_atom}) {
      const term fun = fun_of(f);
      out.push_back((co_await ask(self, server, of(tuple("replace_state"_atom, fun)))).to_string());
    }
    const term not_a_fun = of(tuple("replace_state"_atom, "x"_atom));
    out.push_back((co_await ask(self, server, not_a_fun)).to_string());
    const term fun2 = fun_of("bump"_atom, 2);
    out.push_back((co_await ask(self, server, of(tuple("replace_state"_atom, fun2)))).to_string());
    out.push_back((co_await sys::get_state(self, server)).to_string());
  });
  const std::string failed = "{error,{callback_failed,{gen_server,system_replace_state},";
  REQUIRE(seen.size() == 8);
  CHECK(seen[0] == "{ok,{1,[]}}");
  CHECK(seen[1].starts_with(failed + "{error,{bad_state,<<"));
  CHECK(seen[2] == failed + "{throw,1}}}");
  CHECK(seen[3] == failed + "{exit,2}}}");
  CHECK(seen[4] == failed + "{error,undef}}}");
  CHECK(seen[5] == failed + "{error,{badfun,x}}}}");
  CHECK(seen[6] == failed + "{error,undef}}}");
  CHECK(seen[7] == "{1,[]}");
}

TEST_CASE_FIXTURE(fixture, "trace writes what comes and goes to the node's log, until it is off") {
  const trace seen = run_traced(node, [&](process& self, trace&) -> task<> {
    self.register_name("counter"_atom, server);
    co_await sys::trace(self, server, true);
    co_await self.call(server, 2);
    self.cast(server, 3);
    self.send(server, "info"_atom);
    co_await sys::trace(self, server, false);
    co_await self.call(server, 4);
  });
  REQUIRE(node.log.size() == 6);
  CHECK(node.log[0].starts_with("*DBG* counter got call 2 from #Pid<"));
  CHECK(node.log[1].starts_with("*DBG* counter sent 2 to #Pid<"));
  CHECK(node.log[1].ends_with(", new state {2,[]}"));
  CHECK(node.log[2] == "*DBG* counter got cast 3");
  CHECK(node.log[3] == "*DBG* counter new state {5,[]}");
  CHECK(node.log[4] == "*DBG* counter got info");
  CHECK(node.log[5] == "*DBG* counter new state {5,[info]}");
}

TEST_CASE_FIXTURE(fixture, "debug options are answered as sys expects") {
  const trace seen = run_traced(node, [&](process& self, trace& out) -> task<> {
    const auto debug = [&](term what) -> task<> {
      const term order = of(tuple("debug"_atom, what));
      out.push_back((co_await ask(self, server, order)).to_string());
    };
    const auto option = [](const char* name, const auto& value) {
      return of(tuple(atom(name), value));
    };
    co_await debug("no_debug"_atom);
    co_await debug(option("log", of(tuple("true"_atom, 3))));
    for (int i = 0; i < 3; ++i) self.cast(server, i);
    co_await debug(option("log", "get"_atom));
    co_await debug(option("log", "print"_atom));
    co_await debug(option("log", false));
    co_await debug(option("log", "get"_atom));
    co_await debug(option("log", of(tuple("true"_atom, 0))));
    co_await debug(option("statistics", "get"_atom));
    co_await debug(option("statistics", true));
    co_await self.call(server, 1);
    const term counted =
        co_await ask(self, server, of(tuple("debug"_atom, option("statistics", "get"_atom))));
    const term messages = counted[1].tail().tail().tail();
    out.push_back(messages.to_string());
    co_await debug(option("log_to_file", std::string("/no/such/file")));
    co_await debug(option("log_to_file", false));
    co_await debug(option("install", "fun"_atom));
    co_await debug(option("remove", "fun"_atom));
    co_await debug("whatever"_atom);
  });
  CHECK(seen == trace{"ok", "ok", "{ok,[{noreply,{1,[]}},{in,{'$gen_cast',2}},{noreply,{3,[]}}]}",
                      "ok", "ok", "{ok,[]}", "unknown_debug", "{ok,no_statistics}", "ok",
                      "[{messages_in,1},{messages_out,1}]", "{error,open_file}", "ok",
                      "unknown_debug", "ok", "unknown_debug"});
  CHECK(node.log.size() == 3);
}

TEST_CASE("asking a server that is not there fails with the reason of sys") {
  test_shard node;
  const trace seen = run_traced(node, [](process& self, trace& out) -> task<> {
    try {
      static_cast<void>(co_await sys::get_state(self, registered("nobody")));
    } catch (const call_error& e) {
      out.push_back(e.reason().to_string());
    }
    const pid deaf = self.spawn([](process& me) -> task<> { co_await me.sleep(1h); });
    try {
      co_await sys::suspend(self, deaf, 1s);
    } catch (const call_error& e) {
      out.push_back(e.reason()[0].to_string());
    }
  });
  CHECK(seen == trace{"{noproc,{sys,get_state,[nobody]}}", "timeout"});
}
