#include "peer.hpp"

namespace conformance {

namespace {

using etf::literal;
using stop_with = std::tuple<literal<"stop">, term>;

task<> echo_loop(process& self) {
  bool running = true;
  while (running) {
    co_await self.receive([&](literal<"stop">) { running = false; },
                          [](const stop_with& m) { throw exit_with(std::get<1>(m)); },
                          [&](const std::tuple<pid, term>& m) {
                            self.send(std::get<0>(m), tuple(self.pid(), std::get<1>(m)));
                          },
                          [&](const std::tuple<reference, term>& m) {
                            self.send(std::get<0>(m), tuple(self.pid(), std::get<1>(m)));
                          },
                          [](const message&) {});
  }
}

task<> trap_loop(process& self, term to) {
  self.trap_exit(true);
  for (;;) {
    co_await self.receive([](const stop_with& m) { throw exit_with(std::get<1>(m)); },
                          [&](const term& m) {
                            self.send(destination_of(to), tuple("trapped"_atom, self.pid(), m));
                          });
  }
}

task<> die(process&, term reason) {
  throw exit_with(reason);
  co_return;
}

task<> suicide(process& self, term reason) {
  self.exit(self.pid(), reason);
  co_await self.yield();
  throw exit_with(tuple("survived"_atom, reason));
}

}  // namespace

void export_processes(node& n) {
  export_as(n, "echo_loop", echo_loop);
  export_as(n, "trap_loop", trap_loop);
  export_as(n, "die", die);
  export_as(n, "suicide", suicide);
}

}  // namespace conformance
