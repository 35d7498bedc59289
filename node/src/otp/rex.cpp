#include "otp/services.hpp"

#include <beamnode/etf/codec.hpp>
#include <beamnode/node/gen_server.hpp>

#include <vector>

namespace beamnode::otp {

namespace {

/// {call, M, F, A, GroupLeader} and its kin.
template <etf::fixed_text Verb> using order = std::tuple<etf::literal<Verb>, atom, atom, term, pid>;

term bad_rpc(const term& reason) {
  return term::from(tuple(atom("badrpc"), tuple(atom("EXIT"), reason)));
}

/// What rpc:call returns.
task<term> value_of(process& self, atom module, atom function, term arguments) {
  try {
    mfa_call call = mfa_list(module, function, arguments);
    co_return co_await self.rpc<term>(self.node().text(), std::move(call));
  } catch (const throw_with& e) {
    co_return e.reason();
  } catch (const remote_error& e) {
    co_return bad_rpc(term::from(tuple(e.reason(), e.stack())));
  } catch (const remote_exit& e) {
    co_return bad_rpc(e.reason());
  } catch (const exit_with& e) {
    co_return bad_rpc(e.reason().is_tuple(2) ? e.reason()[1] : e.reason());
  } catch (const error_with& e) {
    co_return bad_rpc(term::from(tuple(e.reason(), std::vector<term>{})));
  }
}

/// Calls in a process of its own, which has the caller's group leader, and hands the value on.
template <class Order, class Then> void start(process& self, const Order& asked, Then then) {
  self.spawn([asked, then](process& child) -> task<> {
    child.group_leader(std::get<4>(asked));
    const term value =
        co_await value_of(child, std::get<1>(asked), std::get<2>(asked), std::get<3>(asked));
    then(child, value);
  });
}

/// {From, {sbcast, Name, Message}}: passes it on here, and tells whether the name is known.
void broadcast(process& self, const pid& asking, atom name, const term& what, bool with_sender) {
  if (!self.whereis(name)) {
    self.send(asking, tuple(atom("rex"), self.node(), tuple(atom("nonexisting_name"), name)));
  } else if (with_sender) {
    self.send(registered(name), tuple(asking, what));
  } else {
    self.send(registered(name), what);
    self.send(asking, tuple(atom("rex"), self.node(), self.node()));
  }
}

}  // namespace

task<> rex(process& self) {
  using features = std::tuple<pid, etf::literal<"features_request">>;
  using c_node_call = std::tuple<pid, order<"call">>;
  using sbcast = std::tuple<pid, std::tuple<etf::literal<"sbcast">, atom, term>>;
  using send_to = std::tuple<pid, std::tuple<etf::literal<"send">, atom, term>>;
  co_await serve(
      self, on_call([&](const order<"call">& m, const from& caller) {
        start(self, m, [caller](process& child, const term& value) { child.reply(caller, value); });
      }),
      on_call([&](const order<"block_call">& m) -> task<term> {
        return value_of(self, std::get<1>(m), std::get<2>(m), std::get<3>(m));
      }),
      on_call([](const term&, const from&) {}),  // what is not understood is dropped, as on a BEAM
      on_cast([&](const order<"cast">& m) { start(self, m, [](process&, const term&) {}); }),
      on_cast([](const term&) {}), on_info([&](const features& asked) {
        self.send(std::get<0>(asked),
                  tuple(atom("features_reply"), self.node(), std::vector<atom>{atom("erpc")}));
      }),
      // As C programs ask (erl_interface's ei_rpc).
      on_info([&](const c_node_call& m) {
        start(self, std::get<1>(m), [to = std::get<0>(m)](process& child, const term& value) {
          child.send(to, tuple(atom("rex"), value));
        });
      }),
      on_info([&](const sbcast& m) {
        const auto& [verb, name, what] = std::get<1>(m);
        broadcast(self, std::get<0>(m), name, what, false);
      }),
      on_info([&](const send_to& m) {
        const auto& [verb, name, what] = std::get<1>(m);
        broadcast(self, std::get<0>(m), name, what, true);
      }),
      on_info([](const term&) {}));
}

}  // namespace beamnode::otp
