#pragma once
/// A member of the cluster.
///
/// A node lives on the thread that calls run(). Several nodes can live in one process, each on a
/// thread of its own. Only stop() and post() may be called from other threads.

#include <beamnode/node/connection_info.hpp>
#include <beamnode/node/error.hpp>
#include <beamnode/node/options.hpp>
#include <beamnode/node/process.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode {

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

  /// Listens and registers with epmd, as the options say. Throws node_error: name_taken,
  /// epmd_unreachable, other.
  void start();
  /// Connects now; the node must be started. Throws node_error with the cause.
  void connect(std::string_view peer);
  /// start() if need be, then serves until stop(). Processes and connections stay until the
  /// destructor, which closes them.
  void run();
  /// Serves for this long at most, or until stop().
  void run_for(duration limit);
  /// Ends what is under way of run(), run_for() and connect(); when nothing is, the next run().
  void stop() noexcept;
  /// Runs `f` on the node's thread.
  void post(std::function<void()> f);

  [[nodiscard]] std::vector<atom> nodes() const;
  /// Every connection that is there, hidden ones too, in no order. Costs a walk over them.
  [[nodiscard]] std::vector<connection_info> connections() const;

 private:
  process& root();
  void add_export(atom module, atom function, std::size_t arity, detail::exported_function f);

  struct implementation;
  std::unique_ptr<implementation> self_;
};

}  // namespace beamnode
