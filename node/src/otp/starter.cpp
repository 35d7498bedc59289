#include "otp/starter.hpp"

#include <beamnode/node/gen_server.hpp>
#include <beamnode/node/init_ack.hpp>

namespace beamnode::otp {

namespace {

/// {start_link, M, F, Args}
struct order {
  atom module;
  atom function;
  term arguments;
};

task<> run_child(process& self, const exports* functions, pid starter, reference ref, pid parent,
                 order what) {
  const init_ack up(self, starter, ref, parent);
  task<> body = functions->run(self, what.module, what.function,
                               message::copy_of(detail::encode_bare(what.arguments)));
  co_await detail::up_when_waiting(std::move(body), up);
}

/// One start: a process of its own, so that one whose init takes long holds up nobody.
task<> start_one(process& self, const exports* functions, from caller, order what) {
  const reference ref = self.make_reference();
  const auto [child, monitor] =
      self.spawn_monitor(run_child, functions, self.pid(), ref, caller.caller, std::move(what));
  const pid started = child;
  co_await self.receive(
      [&](const detail::init_acked&) { self.reply(caller, tuple(atom("ok"), started)); },
      [&](const down& over) { self.reply(caller, tuple(atom("error"), over.reason)); });
}

}  // namespace

task<> starter(process& self, const exports* functions) {
  using start_link = std::tuple<etf::literal<"start_link">, atom, atom, term>;
  co_await serve(self, on_call([&](const term& asked, const from& caller) {
                   const etf::result<start_link> call = asked.as<start_link>();
                   if (!call) {
                     self.reply(caller, tuple(atom("error"), tuple(atom("bad_call"), asked)));
                     return;
                   }
                   const auto& [verb, module, function, arguments] = *call;
                   self.spawn(start_one, functions, caller, order{module, function, arguments});
                 }),
                 on_cast([](const term&) {}), on_info([](const term&) {}));
}

}  // namespace beamnode::otp
