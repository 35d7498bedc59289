// One of two cities; the other is an `iex --name city_b@127.0.0.1 --cookie pizza`.
#include <beamnode/beamnode.hpp>

#include <cstdio>
#include <iostream>

#include "city_arguments.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;

struct add {
  std::int64_t by;
};
struct get {};
template <> struct beamnode::etf::codec<add> : tagged_tuple_codec<add, "add", &add::by> {};
template <> struct beamnode::etf::codec<get> : tagged_tuple_codec<get, "get"> {};

// send({:echo, :"city_a@127.0.0.1"}, {self(), "hello"})
task<> echo(process& self) {
  for (;;) {
    auto [from, message] = co_await self.receive<std::tuple<destination, term>>();
    self.send(from, tuple(self.pid(), message));
  }
}

// GenServer.call({:counter, :"city_a@127.0.0.1"}, {:add, 2})
task<> counter(process& self) {
  std::int64_t n = 0;
  co_await serve(self, on_call([&](add m) { return n += m.by; }), on_call([&](get) { return n; }),
                 on_cast([&](add m) { n += m.by; }));
}

// :erpc.call(:"city_a@127.0.0.1", City, :hello, ["city_b"])
std::string hello(process& self, const std::string& who) {
  return "Hello " + who + ", this is C++ on " + std::string(self.node().text());
}

// Node.spawn(:"city_a@127.0.0.1", City, :greet, [self()])
task<> greet(process& self, pid visitor) {
  self.send(visitor,
            tuple("greetings"_atom, "from a process on " + std::string(self.node().text())));
  co_return;
}

// Tells who comes and goes.
task<> gatekeeper(process& self) {
  self.monitor_nodes(true);
  for (;;) {
    co_await self.receive(
        [](const node_up& n) { std::cout << n.node.text() << " came" << std::endl; },
        [](const node_down& n) {
          std::cout << n.node.text() << " went: " << n.reason.to_string() << std::endl;
        });
  }
}

int main(int argc, char** argv) {
  const city_arguments given(argc, argv);
  try {
    node city(given.options);
    city.spawn({.name = "echo"}, echo);
    city.spawn({.name = "counter"}, counter);
    city.spawn(gatekeeper);
    city.export_function(elixir("City"), "hello", hello);
    city.export_function(elixir("City"), "greet", greet);
    city.export_function(elixir("City"), "echo", echo);

    city.start();
    std::cout << given.options.name << " is up (" << (given.options.hidden ? "hidden" : "visible")
              << "), port " << city.port() << std::endl;
    if (!given.connect.empty()) {
      city.connect(given.connect);
      std::cout << "connected to " << given.connect << std::endl;
      city.spawn([&](process& self) -> task<> {
        self.send(registered("visitor", given.connect), tuple("hello"_atom, self.node()));
        co_return;
      });
    }
    std::cout << "READY" << std::endl;
    city.run();
  } catch (const node_error& e) {
    std::cerr << "city: " << e.what() << std::endl;
    return e.exit_status();
  }
}
