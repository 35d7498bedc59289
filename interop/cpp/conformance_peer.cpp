// A node that does what a BEAM with the module `city_peer` does, for tests that run against either:
//
//     conformance_peer --name N --cookie C [--hidden] [--ticktime S]
//
// Prints READY when it can be reached; SIGTERM ends it with status 0.
#include "conformance/peer.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

using namespace beamnode;

int main(int argc, char** argv) {
  CLI::App app{"A C++ node that behaves as a BEAM with the module city_peer"};
  node_options options;
  double tick_seconds = 60;
  app.add_option("--name", options.name, "name@host of this node")->required();
  app.add_option("--cookie", options.cookie, "secret of the cluster")->required();
  app.add_flag("--hidden", options.hidden, "stay out of nodes()");
  app.add_option("--ticktime", tick_seconds, "net_ticktime in seconds")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  options.log = [](std::string_view line) { std::cout << line << std::endl; };
  options.tick_time = std::chrono::milliseconds(static_cast<long>(tick_seconds * 1000));
  try {
    node n(options);
    conformance::start_registered(n);
    conformance::export_functions(n);
    conformance::export_processes(n);
    conformance::export_actions(n);
    n.start();
    std::cout << "READY" << std::endl;
    n.run();
  } catch (const node_error& e) {
    std::cerr << "conformance_peer: " << e.what() << std::endl;
    return e.exit_status();
  }
}
