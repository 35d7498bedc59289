#include <beamnode/node/node.hpp>

#include "net/network.hpp"
#include "otp/erpc.hpp"
#include "otp/services.hpp"
#include "otp/starter.hpp"

#include <beamnode/etf/node_name.hpp>
#include <beamnode/handshake/acceptor.hpp>
#include <beamnode/handshake/cookie.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>

namespace beamnode {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Processes run per turn before sockets are looked at again.
constexpr std::size_t slices_per_turn = 1000;

std::uint64_t random_number() {
  return (std::uint64_t{net::random_word()} << 32U) | net::random_word();
}

node_options checked(node_options options) {
  if (options.name.starts_with('@')) {
    options.name = handshake::make_dynamic_name(random_number(), options.name.substr(1));
  }
  const auto name = etf::node_name::parse(options.name);
  if (!name) {
    throw node_error(node_errc::malformed_name,
                     "'" + options.name + "' is no node name: " + name.error().message());
  }
  // net_kernel holds its own node to this; what peers are called is their affair.
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (!std::ranges::all_of(name->name(), fits)) {
    throw node_error(node_errc::malformed_name,
                     "'" + options.name +
                         "' is no node name: before the '@' stand only letters, digits, _ and -");
  }
  for (const std::string& peer : options.keep_connected) {
    const auto parsed = etf::node_name::parse(peer);
    if (!parsed) {
      throw node_error(node_errc::malformed_name,
                       "'" + peer + "' is no node name: " + parsed.error().message());
    }
  }
  if (!options.listen) options.hidden = true;
  if (options.cookie.empty()) {
    auto cookie = handshake::read_cookie_file();
    if (!cookie) throw node_error(node_errc::bad_cookie_file, cookie.error().message());
    options.cookie = std::move(*cookie);
  }
  if (!options.log) {
    options.log = [](std::string_view line) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
  }
  return options;
}

/// Random, and never one of the reserved low values. Made here and not by epmd, so that processes
/// have their pids before the node is registered, and keep them when epmd restarts.
std::uint32_t make_creation() { return std::max<std::uint32_t>(net::random_word(), 4); }

/// Its pid is the parent of what the program spawns.
task<> init(process& self) {
  for (;;) static_cast<void>(co_await self.receive<message>());
}

}  // namespace

struct node::implementation {
  explicit implementation(node_options given)
      : options(checked(std::move(given))),
        creation(make_creation()),
        network(io, options, *etf::node_name::parse(options.name), creation, [this] { kick(); }),
        functions(options.log),
        shard(atom(options.name), creation, network, options.log),
        timer(io) {
    network.attach(shard);
    shard.set_entry_point([this](process& self, atom module, atom function, message arguments) {
      return functions.run(self, module, function, std::move(arguments));
    });
    shard.set_loop(&io, [this] { kick(); });
    otp::serve_erpc(functions);
    runtime::process_state& first = shard.create({});
    first.group_leader_pid = shard.pid_of(first);
    shard.register_name(atom("init"), first);
    root = &first;
    shard.start(first, init(first));
    first.spawn({.name = "net_kernel"}, &otp::net_kernel);
    first.spawn({.name = "rex"}, &otp::rex);
    first.spawn({.name = "beamnode"}, &otp::starter, &functions);
  }

  /// Runs the processes soon; many kicks in one turn are one.
  void kick() {
    if (kicked) return;
    kicked = true;
    asio::post(io, [this] { turn(); });
  }

  void turn() {
    kicked = false;
    const bool more = shard.run(std::chrono::steady_clock::now(), slices_per_turn);
    network.flush();
    if (more) return kick();
    arm_timer();
  }

  void arm_timer() {
    const auto next = shard.clock().next();
    if (!next) return;
    if (armed && timer.expiry() <= *next) return;
    armed = true;
    timer.expires_at(*next);
    timer.async_wait([this](const error_code& failed) {
      if (failed) return;
      armed = false;
      turn();
    });
  }

  /// What a call from outside waits for. Its end may come after the call, when the node is stopped.
  struct attempt {
    bool done = false;
    std::optional<net::failure> failed;
  };

  /// Runs the loop until `done`, or until the node is stopped.
  void run_until(const bool& done) {
    io.restart();
    kick();
    while (!done && !stopping && io.run_one() != 0) {}
  }

  node_options options;
  std::uint32_t creation;
  asio::io_context io{1};
  net::network network;
  otp::exports functions;
  runtime::shard shard;
  asio::steady_timer timer;
  process* root = nullptr;
  bool kicked = false;
  bool armed = false;
  bool started = false;
  std::atomic<bool> stopping = false;  // asked to stop, and not yet returned from run()
};

node::node(node_options options) : self_(std::make_unique<implementation>(std::move(options))) {}

node::~node() { self_->network.close_all(); }

atom node::name() const noexcept { return self_->shard.node(); }
std::uint32_t node::creation() const noexcept { return self_->creation; }
std::uint16_t node::port() const noexcept { return self_->network.port(); }
process& node::root() {
  self_->kick();
  return *self_->root;
}

void node::add_export(atom module, atom function, std::size_t arity, detail::exported_function f) {
  self_->functions.add(module, function, arity, std::move(f));
}

void node::set_cookie(std::string_view peer, std::string cookie) {
  self_->network.set_cookie(std::string(peer), std::move(cookie));
}

void node::start() {
  if (self_->started) throw node_error(node_errc::already_started, "the node is started already");
  const auto start = std::make_shared<implementation::attempt>();
  asio::co_spawn(
      self_->io, self_->network.start(),
      [start](const std::exception_ptr& bug, std::optional<net::failure> outcome) {
        start->failed = bug ? net::failure{node_errc::other, "start failed"} : std::move(outcome);
        start->done = true;
      });
  // A stop meanwhile is for run(): half a start is none.
  while (!start->done) {
    const bool stopped = self_->stopping.exchange(false);
    self_->run_until(start->done);
    if (stopped) self_->stopping = true;
  }
  if (start->failed) throw node_error(start->failed->code, start->failed->sentence);
  self_->started = true;
}

void node::connect(std::string_view peer) {
  const etf::result<atom> name = atom::intern(peer);
  if (!name) throw node_error(node_errc::malformed_name, name.error().message());
  const auto connection = std::make_shared<implementation::attempt>();
  self_->network.connect(*name, [connection](const net::failure* why) {
    if (why != nullptr) connection->failed = *why;
    connection->done = true;
  });
  self_->run_until(connection->done);
  if (!connection->done) throw node_error(node_errc::other, "the node was stopped");
  if (connection->failed) throw node_error(connection->failed->code, connection->failed->sentence);
}

void node::run() {
  if (!self_->started) start();
  asio::signal_set signals(self_->io);
  if (self_->options.stop_on_signals) {
    signals.add(SIGINT);
    signals.add(SIGTERM);
    signals.async_wait([this](const error_code& failed, int) {
      if (!failed) stop();
    });
  }
  if (!self_->stopping) {
    self_->io.restart();
    self_->kick();
    self_->io.run();
  }
  self_->stopping = false;
}

void node::run_for(duration limit) {
  if (!self_->started) start();
  if (!self_->stopping) {
    self_->io.restart();
    self_->kick();
    self_->io.run_for(limit);
  }
  self_->stopping = false;
}

void node::stop() noexcept {
  self_->stopping = true;
  self_->io.stop();
}
void node::post(std::function<void()> f) {
  asio::post(self_->io, [this, f = std::move(f)] {
    f();
    self_->kick();
  });
}

std::vector<atom> node::nodes() const { return self_->network.visible_nodes(); }
std::vector<connection_info> node::connections() const { return self_->network.connections(); }

}  // namespace beamnode
