#include <beamnode/node/async.hpp>

#include <map>

namespace beamnode::detail {

namespace {

/// What the process that erpc runs a call in ended with: {Ref, return, Value}, {Ref, error, Reason,
/// Stack}, {Ref, exit, Reason}, {Ref, throw, Value}, or something else.
void finish_call(process& self, const reference& to, const term& ended, const reference& result) {
  const bool answered = ended.is_tuple() && ended.size() >= 3 && ended[0] == term::from(result);
  if (!answered) throw exit_with(ended);
  const term value = ended[2];
  if (ended[1].is(atom("return"))) return self.send(to, tuple(to, value));
  if (ended[1].is(atom("error"))) throw exit_with(tuple(value, ended[3]));
  if (ended[1].is(atom("throw"))) {
    throw exit_with(tuple(tuple(atom("nocatch"), value), std::vector<term>()));
  }
  throw exit_with(value);
}

/// %Task{} as Elixir has it.
term as_elixir_task(const async_worker& work) {
  const bool named = work.call.module != atom{};
  const term mfa = named ? term::from(tuple(work.call.module, work.call.function, work.call.arity))
                         : term::from(tuple(atom("beamnode"), atom("async"), 0));
  const std::map<atom, term> fields{{atom("__struct__"), term(elixir("Task"))},
                                    {atom("mfa"), mfa},
                                    {atom("owner"), term::from(work.owner)},
                                    {atom("pid"), term::from(work.worker)},
                                    {atom("ref"), term::from(work.ref)}};
  return term::from(fields);
}

call_error failed_await(const term& why, const async_worker& work, duration timeout) {
  const term limit =
      timeout == duration::max()
          ? term(atom("infinity"))
          : term::from(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  const std::vector<term> arguments{as_elixir_task(work), limit};
  return call_error(tuple(why, tuple(elixir("Task"), atom("await"), arguments)));
}

/// Waits for the result or the end of the worker, and takes its monitor back. Empty: neither came.
task<message> next_outcome(process& self, const async_worker& work, duration timeout) {
  std::vector<reference> refs{work.ref};
  message answer = co_await receive_answer(self, std::move(refs), timeout);
  if (answer) {
    abandon_request(self, work.ref);  // its 'DOWN' comes behind the result
  }
  co_return answer;
}

call_result<message> outcome_in(const message& answer, const async_worker& work) {
  if (const auto end = answer.as<down>()) {
    if (end->reason.is(atom("noconnection"))) {
      return call_failure{term::from(tuple(atom("nodedown"), work.node))};
    }
    return call_failure{end->reason};
  }
  etf::reader in = answer.read();
  in.expect_tuple(2);
  in.skip();
  return message::copy_of(in.rest(), in.atom_refs(), in.buffer());
}

}  // namespace

task<> call_for_owner(process& self, pid owner, atom node, mfa_call call) {
  const reference to = co_await self.receive<reference>();
  // What runs there is linked to us, so that it ends when we do; we outlive its end.
  self.trap_exit(true);
  const reference result = self.make_reference();
  mfa_call order{atom("erpc"), atom("execute_call"), 4, {}};
  etf::writer w{order.arguments};
  w.write_list(4);
  w.write_reference(result);
  w.write_atom(call.module);
  w.write_atom(call.function);
  w.write_encoded(call.arguments);
  w.write_nil();
  const reference spawned = self.spawn_request(
      node.text(), order, {.link = true, .monitor = true, .reply = spawn_reply_when::error_only});
  for (bool done = false; !done;) {
    co_await self.receive(
        [&](const down& end) {
          if (end.ref != spawned) return;
          finish_call(self, to, end.reason, result);
          done = true;
        },
        [&](const spawn_reply& refused) {
          if (refused.ref == spawned) throw exit_with(refused.reason);
        },
        [&](const exit_signal& signal) {
          if (signal.from == owner) throw exit_with(signal.reason);
        },
        [](const message&) {});
  }
}

void start_async(process& self, async_worker& work) {
  work.ref = self.monitor(work.worker, {.alias = monitor_alias::demonitor});
  self.send(work.worker, work.ref);
}

task<message> await_result(process& self, async_worker work, duration timeout) {
  const message answer = co_await next_outcome(self, work, timeout);
  if (!answer) {
    abandon_request(self, work.ref);
    throw failed_await(atom("timeout"), work, timeout);
  }
  call_result<message> outcome = outcome_in(answer, work);
  if (!outcome) throw failed_await(outcome.error().reason, work, timeout);
  co_return std::move(*outcome);
}

task<std::optional<call_result<message>>> yield_result(process& self, async_worker work,
                                                       duration timeout) {
  const message answer = co_await next_outcome(self, work, timeout);
  if (!answer) co_return std::nullopt;
  co_return outcome_in(answer, work);
}

task<std::optional<call_result<message>>> shut_down(process& self, async_worker work,
                                                    duration timeout) {
  // Its end is not to reach us by the link.
  self.unlink(work.worker);
  self.exit(work.worker, atom("shutdown"));
  message answer = co_await next_outcome(self, work, timeout);
  if (!answer) {
    self.exit(work.worker, atom("kill"));
    answer = co_await next_outcome(self, work, duration::max());
  }
  call_result<message> outcome = outcome_in(answer, work);
  if (!outcome) {
    const term& why = outcome.error().reason;
    if (why.is(atom("shutdown")) || why.is(atom("killed")) || why.is(atom("noproc"))) {
      co_return std::nullopt;
    }
  }
  co_return outcome;
}

}  // namespace beamnode::detail
