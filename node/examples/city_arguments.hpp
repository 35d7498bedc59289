#pragma once
// The command line of the city: city --name N [--cookie C] [--hidden] [--connect NODE] [--ticktime
// S]

#include <beamnode/node/node.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

struct city_arguments {
  beamnode::node_options options;
  std::string connect;

  city_arguments(int argc, char** argv) {
    CLI::App app{"A C++ node of an Erlang cluster"};
    double tick_seconds = 60;
    app.add_option("--name", options.name, "name@host of this node")->required();
    app.add_option("--cookie", options.cookie, "secret of the cluster (default: ~/.erlang.cookie)");
    app.add_flag("--hidden", options.hidden, "stay out of Node.list()");
    app.add_option("--connect", connect, "a node to connect to at start");
    app.add_option("--ticktime", tick_seconds, "net_ticktime in seconds")
        ->check(CLI::PositiveNumber);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      std::exit(app.exit(help));
    } catch (const CLI::ParseError& e) {
      std::cerr << "city: " << e.what() << "; see city --help" << std::endl;
      std::exit(64);
    }
    options.tick_time = std::chrono::milliseconds(static_cast<long>(tick_seconds * 1000));
    options.log = [](std::string_view line) { std::cout << line << std::endl; };
  }
};
