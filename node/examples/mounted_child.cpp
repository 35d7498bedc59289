// A node whose processes live in supervision trees of Elixir:
//     children = [
//       {Beamnode.Port, name: :engine, node: :"engine@127.0.0.1", command:
//       ["build/dev/bin/mounted_child", ...]}, {Beamnode.Child, id: :counter, node:
//       :"engine@127.0.0.1", start: {Engine, :counter, [:counter, 5]}}
//     ]
//     Supervisor.start_link(children, strategy: :rest_for_one)
#include <beamnode/beamnode.hpp>

#include <iostream>
#include <stdexcept>

#include "city_arguments.hpp"

using namespace beamnode;

// GenServer.call({name, node}, {:add, 2}); 0 is too little to start with.
task<> counter(process& self, atom name, std::int64_t n) {
  if (n <= 0) throw exit_with(tuple(atom("bad_start"), n));
  if (!self.register_name(name, self.pid())) throw exit_with(atom("name_taken"));
  using add = std::tuple<etf::literal<"add">, std::int64_t>;
  co_await serve(
      self, on_call([&](add m) { return n += std::get<1>(m); }),
      on_cast([](etf::literal<"crash">) { throw std::runtime_error("no more numbers"); }),
      on_cast([](etf::literal<"fault">) { std::abort(); }));
}

int main(int argc, char** argv) {
  const city_arguments given(argc, argv);
  node n(given.options);
  n.export_function(elixir("Engine"), "counter", counter);
  n.start();
  std::cout << "READY" << std::endl;
  n.run();
}
