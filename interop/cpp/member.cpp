// Nodes with any options on the command line, for what the city has no switch for. Each --name is a
// node of its own, on a thread of its own. Every node has the processes
//
//     echo     {Pid, Term} is answered with {echo's pid, Term}
//     member   a GenServer with the calls {connect, Node} -> true | sentence, nodes -> [Node] and
//              {set_cookie, Node, Cookie} -> true, and the cast {disconnect, Node}
//
// and a line is printed for each node that comes or goes, and for each sentence of the log.
#include <beamnode/beamnode.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <mutex>
#include <thread>

using namespace beamnode;
using namespace beamnode::etf::literals;

struct connect_request {
  atom node;
};
struct disconnect_request {
  atom node;
};
struct cookie_request {
  atom node;
  atom cookie;
};
struct nodes_request {};
template <>
struct beamnode::etf::codec<connect_request>
    : tagged_tuple_codec<connect_request, "connect", &connect_request::node> {};
template <>
struct beamnode::etf::codec<disconnect_request>
    : tagged_tuple_codec<disconnect_request, "disconnect", &disconnect_request::node> {};
template <>
struct beamnode::etf::codec<cookie_request>
    : tagged_tuple_codec<cookie_request, "set_cookie", &cookie_request::node,
                         &cookie_request::cookie> {};
template <>
struct beamnode::etf::codec<nodes_request> : tagged_tuple_codec<nodes_request, "nodes"> {};

namespace {

void say(std::string_view line) {
  static std::mutex one_at_a_time;
  const std::lock_guard held(one_at_a_time);
  std::cout << line << std::endl;
}

task<> echo(process& self) {
  for (;;) {
    auto [from, message] = co_await self.receive<std::tuple<destination, term>>();
    self.send(from, tuple(self.pid(), message));
  }
}

task<> gatekeeper(process& self) {
  self.monitor_nodes(true);
  for (;;) {
    co_await self.receive([](const node_up& n) { say(std::string(n.node.text()) + " came"); },
                          [](const node_down& n) {
                            say(std::string(n.node.text()) + " went: " + n.reason.to_string());
                          });
  }
}

struct command_line {
  std::vector<std::string> names;
  std::string connect;
  std::map<std::string, std::string> peer_cookies;
  node_options options;
};

/// "a=b" as a pair.
std::pair<std::string, std::string> pair_of(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) throw CLI::ValidationError("'" + text + "' has no '='");
  return {text.substr(0, at), text.substr(at + 1)};
}

command_line parse(int argc, char** argv) {
  command_line given;
  node_options& options = given.options;
  CLI::App app{"C++ nodes with any options"};
  std::vector<std::string> resolved, cookies;
  long refuse = 0, first = 500, longest = 30'000, setup = 7'000;
  bool deaf = false;
  const std::map<std::string, epmd_use> uses{{"start_or_embed", epmd_use::start_or_embed},
                                             {"embed", epmd_use::embed},
                                             {"external", epmd_use::external},
                                             {"none", epmd_use::none}};
  app.add_option("--name", given.names)->required();
  app.add_option("--cookie", options.cookie)->required();
  app.add_option("--connect", given.connect);
  app.add_flag("--hidden", options.hidden);
  app.add_flag("--no-listen", deaf);
  app.add_option("--listen-address", options.listen_address);
  app.add_option("--listen-port", options.listen_port);
  app.add_option("--cluster-port", options.cluster_port);
  app.add_option("--epmd", options.epmd)->transform(CLI::CheckedTransformer(uses));
  app.add_option("--epmd-port", options.epmd_port);
  app.add_option("--resolve", resolved, "NODE=HOST,PORT");
  app.add_option("--peer-cookie", cookies, "NODE=COOKIE");
  app.add_option("--keep", options.keep_connected);
  app.add_option("--reconnect-first", first, "milliseconds");
  app.add_option("--reconnect-longest", longest, "milliseconds");
  app.add_option("--refuse", refuse, "milliseconds");
  app.add_option("--setup-time", setup, "milliseconds");
  app.add_option("--max-message", options.max_message, "bytes");
  try {
    app.parse(argc, argv);
    std::map<std::string, node_address, std::less<>> places;
    for (const std::string& each : resolved) {
      const auto [node, place] = pair_of(each);
      const std::size_t comma = place.rfind(',');
      const int port = std::stoi(place.substr(comma + 1));
      places[node] = {.host = place.substr(0, comma), .port = static_cast<std::uint16_t>(port)};
    }
    if (!places.empty()) {
      options.resolve = [places](std::string_view node) -> std::optional<node_address> {
        const auto found = places.find(node);
        if (found == places.end()) return std::nullopt;
        return found->second;
      };
    }
    for (const std::string& each : cookies) given.peer_cookies.insert(pair_of(each));
  } catch (const std::exception& e) {
    std::cerr << "member: " << e.what() << std::endl;
    std::exit(64);
  }
  options.listen = !deaf;
  options.refuse_disconnected = std::chrono::milliseconds(refuse);
  options.reconnect_first = std::chrono::milliseconds(first);
  options.reconnect_longest = std::chrono::milliseconds(longest);
  options.setup_time = std::chrono::milliseconds(setup);
  options.log = say;
  return given;
}

task<> control(process& self, node& home) {
  co_await serve(self, on_call([&](connect_request r, from caller) {
                   self.spawn([caller, r](process& asker) -> task<> {
                     const call_result<bool> done = co_await asker.connect(r.node.text());
                     if (done) {
                       asker.reply(caller, true);
                     } else {
                       asker.reply(caller, done.error().message());
                     }
                   });
                 }),
                 // A call's answer would connect again.
                 on_cast([&](disconnect_request r) { self.disconnect(r.node.text()); }),
                 on_call([&](cookie_request r) {
                   home.set_cookie(r.node.text(), std::string(r.cookie.text()));
                   return true;
                 }),
                 on_call([&](nodes_request) { return self.nodes(); }));
}

/// Serves until the process is told to end; the exit status.
int live(const command_line& given, const std::string& name) {
  try {
    node_options options = given.options;
    options.name = name;
    node member(options);
    const std::string full(member.name().text());
    for (const auto& [peer, cookie] : given.peer_cookies) member.set_cookie(peer, cookie);
    member.spawn({.name = "echo"}, echo);
    member.spawn({.name = "member"}, [&](process& self) { return control(self, member); });
    member.spawn(gatekeeper);
    member.start();
    say(full + " is up, port " + std::to_string(member.port()));
    if (!given.connect.empty()) member.connect(given.connect);
    say("READY " + full);
    member.run();
    return 0;
  } catch (const node_error& e) {
    std::cerr << "member: " << e.what() << std::endl;
    return e.exit_status();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const command_line given = parse(argc, argv);
  std::vector<int> statuses(given.names.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < given.names.size(); ++i) {
    others.emplace_back([&, i] { statuses[i] = live(given, given.names[i]); });
  }
  statuses[0] = live(given, given.names[0]);
  for (std::thread& each : others) each.join();
  return *std::ranges::max_element(statuses);
}
