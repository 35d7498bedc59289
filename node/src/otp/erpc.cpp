#include "otp/erpc.hpp"

#include <beamnode/node/process.hpp>

namespace beamnode::otp {

namespace {

/// A term as its bytes, without looking inside.
term raw(bytes_view bare) {
  etf::reader r(bare);
  return etf::codec<term>::decode(r);
}

/// {Res, return | throw | exit, Value}, {Res, error, Reason, Stack}
[[noreturn]] void answer(const term& result, const call_outcome& outcome) {
  switch (outcome.how) {
    case call_outcome::kind::returned:
      throw exit_with(tuple(result, atom("return"), raw(outcome.value)));
    case call_outcome::kind::thrown:
      throw exit_with(tuple(result, atom("throw"), raw(outcome.value)));
    case call_outcome::kind::exited:
      throw exit_with(tuple(result, atom("exit"), raw(outcome.value)));
    case call_outcome::kind::failed: break;
  }
  throw exit_with(tuple(result, atom("error"), raw(outcome.value), raw(outcome.stack)));
}

struct call_order {
  term result;
  atom module;
  atom function;
  message arguments;
};

/// [Res, M, F, Args], or [M, F, Args] for a cast. Nothing when M or F is no atom.
std::optional<call_order> read_order(const message& list, bool with_result) {
  etf::reader r = list.read();
  r.read_list();
  call_order order;
  if (with_result) order.result = etf::codec<term>::decode(r);
  order.module = r.read_atom();
  order.function = r.read_atom();
  const bytes_view arguments = r.skip();
  if (!r.ok()) return std::nullopt;
  order.arguments = message::copy_of(arguments, list.atom_refs());
  return order;
}

task<> execute_call(process& self, const exports& functions, message list) {
  std::optional<call_order> order = read_order(list, true);
  if (!order) {
    const term result = list.as<std::vector<term>>().value_or(std::vector<term>(1)).front();
    throw exit_with(tuple(result, atom("error"), tuple(atom("erpc"), atom("badarg"))));
  }
  const call_outcome outcome =
      co_await functions.apply(self, order->module, order->function, std::move(order->arguments));
  answer(order->result, outcome);
}

task<> execute_cast(process& self, const exports& functions, message list) {
  std::optional<call_order> order = read_order(list, false);
  if (!order) co_return;
  co_await functions.run(self, order->module, order->function, std::move(order->arguments));
}

}  // namespace

void serve_erpc(exports& functions) {
  functions.add_body(atom("erpc"), atom("execute_call"), 4,
                     [&functions](process& self, message arguments) {
                       return execute_call(self, functions, std::move(arguments));
                     });
  functions.add_body(atom("erpc"), atom("execute_cast"), 3,
                     [&functions](process& self, message arguments) {
                       return execute_cast(self, functions, std::move(arguments));
                     });
}

}  // namespace beamnode::otp
