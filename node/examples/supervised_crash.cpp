// A till that crashes now and then, and its supervisor. From iex:
//     GenServer.cast({:till, :"shop@127.0.0.1"}, :crash)
//     Supervisor.which_children({:shop, :"shop@127.0.0.1"})
#include <beamnode/beamnode.hpp>

#include <iostream>
#include <stdexcept>

#include "city_arguments.hpp"

using namespace beamnode;
using namespace std::chrono_literals;

struct sell {
  std::int64_t cents;
};
template <> struct beamnode::etf::codec<sell> : tagged_tuple_codec<sell, "sell", &sell::cents> {};

// GenServer.call({:till, node}, {:sell, 250})
task<> till(process& self) {
  std::int64_t cents = 0;
  co_await serve(self, on_call([&](sell s) { return cents += s.cents; }),
                 on_cast([](etf::literal<"crash">) { throw std::runtime_error("out of paper"); }));
}

// Supervisor.start_child({:queue, node}, ["bob"])
task<> customer(process& self, std::string name) {
  std::cout << name << " waits" << std::endl;
  co_await self.receive<etf::literal<"served">>();
  std::cout << name << " goes home" << std::endl;
}

int main(int argc, char** argv) {
  const city_arguments given(argc, argv);
  node n(given.options);
  n.spawn({.name = "shop"},
          supervisor({.strategy = rest_for_one, .max_restarts = 2, .max_seconds = 10s},
                     child({.id = "till", .name = "till"}, till),
                     child({.id = "queue", .name = "queue"},
                           supervisor(simple_one_for_one,
                                      child({.id = "customer", .restart = transient}, customer)))));
  n.start();
  std::cout << "READY" << std::endl;
  n.run();
}
