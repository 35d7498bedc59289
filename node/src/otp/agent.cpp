#include <beamnode/node/agent.hpp>

namespace beamnode::detail {

agent_order agent_order::decode(etf::reader& r) {
  agent_order order;
  r.expect_tuple(2);
  for (const char* const what : {"get", "update", "get_and_update", "cast"}) {
    if (r.ok() && r.next_is(atom(what))) order.what = atom(what);
  }
  if (order.what == atom{}) r.fail(etf::errc::wrong_value);
  r.skip();
  if (r.ok()) order.function = etf::codec<term>::decode(r);
  return order;
}

task<std::optional<term>> apply_to_state(process& self, const term& function, const term& state) {
  atom module;
  atom name;
  std::vector<term> arguments{state};
  if (const auto named = function.as_external_function()) {
    if (named->arity != 1) co_return std::nullopt;
    module = named->module;
    name = named->function;
  } else {
    const bool is_mfa = function.is_tuple(3) && function[0].is_atom() && function[1].is_atom();
    if (!is_mfa || !function[2].is_proper_list()) co_return std::nullopt;
    module = *function[0].as_atom();
    name = *function[1].as_atom();
    const term more = function[2];
    for (const term& one : more.elements()) arguments.push_back(one);
  }
  mfa_call call = mfa_list(module, name, term::from(arguments));
  co_return co_await self.rpc<term>(self.node().text(), std::move(call));
}

}  // namespace beamnode::detail
