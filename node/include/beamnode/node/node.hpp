#pragma once
/// A member of the cluster.
///
/// A node lives on the thread that calls run(). Several nodes can live in one process, each on a
/// thread of its own. Only stop() and post() may be called from other threads.

#include <beamnode/node/error.hpp>
#include <beamnode/node/process.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace beamnode {

struct node_options {
  /// `name@host`. A host with a dot makes a long name (iex --name), without one a short (--sname).
  std::string name;
  /// Empty: read from ~/.erlang.cookie, which must be readable by its owner alone.
  std::string cookie = {};
  /// A hidden node is not in others' Node.list() and takes no part in global.
  bool hidden = false;
  /// Addresses to accept connections on: "" for all interfaces, else one literal address.
  std::string listen_address = {};
  /// 0: any free port.
  std::uint16_t listen_port = 0;
  /// 0: ERL_EPMD_PORT, else 4369.
  std::uint16_t epmd_port = 0;
  /// A peer that is silent this long is down. Must be of the same order on all nodes.
  std::chrono::milliseconds tick_time = std::chrono::seconds(60);
  /// A connection attempt or an accepted handshake that makes no progress this long is given up.
  std::chrono::milliseconds setup_time = std::chrono::seconds(7);
  /// Largest message accepted from a peer, in bytes.
  std::size_t max_message = std::size_t{512} * 1024 * 1024;
  /// Processes that send to a peer are suspended at their next co_await while more than this many
  /// bytes wait to be written to it.
  std::size_t busy_limit = std::size_t{1024} * 1024;
  /// Bytes of messages kept for a peer while the connection to it is being made; more are dropped.
  std::size_t pending_limit = std::size_t{64} * 1024 * 1024;
  /// Accepted connections that have not proven the cookie yet; one more, and the oldest is closed.
  std::size_t max_handshakes = 256;
  /// run() ends on SIGINT and SIGTERM.
  bool stop_on_signals = true;
  /// Gets one sentence per refused or lost connection and ended process. Default: standard error.
  std::function<void(std::string_view)> log = {};
};

class node {
 public:
  /// Throws node_error: malformed_name, bad_cookie_file.
  explicit node(node_options options);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  [[nodiscard]] atom name() const noexcept;
  [[nodiscard]] std::uint32_t creation() const noexcept;
  /// The port that others connect to; 0 before start().
  [[nodiscard]] std::uint16_t port() const noexcept;

  template <class F, class... Args> pid spawn(F body, Args... args) {
    return spawn(spawn_options{}, std::move(body), std::move(args)...);
  }
  template <class F, class... Args> pid spawn(spawn_options options, F body, Args... args) {
    return root().spawn(options, std::move(body), std::move(args)...);
  }

  /// Makes `f` callable by rpc and erpc and spawnable by others, as module:function/arity. `f`
  /// takes `process& self` first if it wants it, and may be a coroutine.
  template <class Module, class Function, class F>
  void export_function(const Module& module, const Function& function, F f) {
    using Arguments = typename detail::signature<F>::arguments;
    add_export(detail::as_atom(module), detail::as_atom(function), std::tuple_size_v<Arguments>,
               detail::make_exported(std::move(f)));
  }

  /// Another cookie for one peer, in both directions.
  void set_cookie(std::string_view peer, std::string cookie);

  /// Listens and registers with epmd. Throws node_error: name_taken, epmd_unreachable, other.
  void start();
  /// Connects now; the node must be started. Throws node_error with the cause.
  void connect(std::string_view peer);
  /// start() if need be, then serves until stop(). Processes and connections stay until the
  /// destructor, which closes them.
  void run();
  /// Serves for this long at most, or until stop().
  void run_for(duration limit);
  void stop() noexcept;
  /// Runs `f` on the node's thread.
  void post(std::function<void()> f);

  [[nodiscard]] std::vector<atom> nodes() const;

 private:
  process& root();
  void add_export(atom module, atom function, std::size_t arity, detail::exported_function f);

  struct implementation;
  std::unique_ptr<implementation> self_;
};

}  // namespace beamnode
