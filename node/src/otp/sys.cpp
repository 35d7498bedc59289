#include <beamnode/node/sys.hpp>

#include <beamnode/node/requests.hpp>

namespace beamnode::sys {

namespace {

task<term> ask(process& self, const char* function, destination server, term request,
               duration timeout) {
  static const byte_buffer label = detail::encode_bare(atom("system"));
  const byte_buffer encoded = detail::encode_bare(request);
  request_id<term> id{detail::send_labelled_request(self, label, server, encoded), server};
  const call_result<term> reply = co_await receive_response(self, id, timeout);
  if (reply) co_return *reply;
  const term failure = reply.error().reason;
  // {Why, {sys, Function, [Server]}}, as sys exits
  const bool timed_out = failure.is(atom("timeout"));
  term why = timed_out ? failure : failure[0];
  std::vector<term> arguments;
  if (const auto* const name = std::get_if<registered>(&server)) {
    arguments.push_back(name->node == atom{} ? term(name->name) : term::from(*name));
    if (why.is(atom("noconnection"))) why = term::from(tuple(atom("nodedown"), name->node));
  } else {
    arguments.push_back(std::visit([](const auto& to) { return term::from(to); }, server));
    if (const auto* const p = std::get_if<pid>(&server); p && why.is(atom("noconnection"))) {
      why = term::from(tuple(atom("nodedown"), p->node));
    }
  }
  throw call_error(tuple(why, tuple(atom("sys"), atom(function), arguments)));
}

/// {ok, Value}; Value from nodes before OTP 26; {error, Reason}.
term value_of(const term& reply) {
  if (!reply.is_tuple(2)) return reply;
  if (reply[0].is(atom("error"))) throw error_with(reply[1]);
  return reply[0].is(atom("ok")) ? reply[1] : reply;
}

}  // namespace

task<term> get_state(process& self, destination server, duration timeout) {
  const term reply = co_await ask(self, "get_state", server, atom("get_state"), timeout);
  co_return value_of(reply);
}

task<term> get_status(process& self, destination server, duration timeout) {
  return ask(self, "get_status", server, atom("get_status"), timeout);
}

task<term> replace_state(process& self, destination server, term fun, duration timeout) {
  const term request = term::from(tuple(atom("replace_state"), fun));
  const term reply = co_await ask(self, "replace_state", server, request, timeout);
  co_return value_of(reply);
}

task<> suspend(process& self, destination server, duration timeout) {
  co_await ask(self, "suspend", server, atom("suspend"), timeout);
}

task<> resume(process& self, destination server, duration timeout) {
  co_await ask(self, "resume", server, atom("resume"), timeout);
}

task<> trace(process& self, destination server, bool on, duration timeout) {
  const term request = term::from(tuple(atom("debug"), tuple(atom("trace"), on)));
  co_await ask(self, "trace", server, request, timeout);
}

task<> terminate(process& self, destination server, term reason, duration timeout) {
  const term request = term::from(tuple(atom("terminate"), reason));
  co_await ask(self, "terminate", server, request, timeout);
}

}  // namespace beamnode::sys
