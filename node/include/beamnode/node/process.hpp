#pragma once
/// `self`: what a process can do.
///
/// A process is a coroutine `task<>(process& self, args...)` with a mailbox. It runs on one thread,
/// between its co_awaits nobody interrupts it. Killing a process destroys its frame where it waits:
/// destructors run, no handler can stand in the way. A loop that never awaits cannot be killed.

#include <beamnode/node/exit.hpp>
#include <beamnode/node/receive.hpp>
#include <beamnode/node/rpc.hpp>
#include <beamnode/node/signal_options.hpp>
#include <beamnode/node/signals.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace beamnode {

class node;

/// How a process starts.
struct spawn_options {
  std::string_view name = {};  // registered under this name
  bool link = false;           // linked to the process that spawns it
};

/// Why a call, an rpc or a connection attempt brought no result, as Erlang would give the reason.
struct call_failure {
  term reason;
  [[nodiscard]] std::string message() const { return reason.to_string(); }
};

template <class T> using call_result = etf::basic_result<T, call_failure>;

/// Whom to answer: opaque, as it came with the call.
struct from {
  etf::pid caller;
  byte_buffer tag;  // one encoded term

  friend bool operator==(const from&, const from&) = default;
};

namespace detail {

/// A buffer to encode one message into; emptied by each call. One per thread.
[[nodiscard]] byte_buffer& scratch();
/// The same with what was encoded last still in it, for a large message that takes it over.
[[nodiscard]] byte_buffer& scratch_to_take();
/// To be called now and then: gives back room for large messages that is not used any more.
void age_scratch();

template <class T> bytes_view encode_message(const T& value) {
  byte_buffer& buffer = scratch();
  etf::writer w{buffer};
  etf::codec<std::decay_t<const T>>::encode(w, value);
  if (!w.ok()) throw etf::bad_result<etf::error>(etf::error{w.code()});
  return buffer.view();
}

template <class F, class... Args> task<> run_body(process& self, F body, Args... args) {
  co_await body(self, std::move(args)...);
}

/// Whether a coroutine made by this callable lives on its own: no closure, no arguments by
/// reference.
template <class F> constexpr bool stands_alone() {
  if constexpr (std::is_pointer_v<F>) {
    return !signature<F>::borrows;
  } else if constexpr (std::is_empty_v<F> && requires { &F::operator(); }) {
    return !signature<F>::borrows;
  } else {
    return false;
  }
}

/// Creates the coroutine of a process. What it refers to is kept in a frame around it.
template <class F, class... Args> task<> start_body(process& self, F body, Args... args) {
  static_assert(std::is_same_v<std::invoke_result_t<F&, process&, Args...>, task<>>,
                "beamnode: a process body is a coroutine task<>(process& self, args...)");
  if constexpr (stands_alone<F>()) {
    return body(self, std::move(args)...);
  } else {
    return run_body(self, std::move(body), std::move(args)...);
  }
}

}  // namespace detail

class process {
 public:
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] etf::pid pid() const noexcept;
  /// The name of this node.
  [[nodiscard]] atom node() const noexcept;

  // -- messages ------------------------------------------------------------------------------

  /// Never fails: what cannot be delivered is dropped, as in Erlang. Connects to the node of `to`
  /// if need be. Throws only for a value that no term can hold (NaN).
  template <class T> void send(const etf::pid& to, const T& value, send_options options = {}) {
    send_encoded(to, detail::encode_message(value), options);
  }
  template <class T> void send(const registered& to, const T& value, send_options options = {}) {
    send_encoded(to, detail::encode_message(value), options);
  }
  template <class T> void send(const reference& alias, const T& value, send_options options = {}) {
    send_encoded(alias, detail::encode_message(value), options);
  }
  template <class T> void send(const destination& to, const T& value, send_options options = {}) {
    std::visit([&](const auto& one) { send(one, value, options); }, to);
  }
  /// Sends `value` after `delay`. The message is lost if this node stops before.
  template <class T> reference send_after(duration delay, const destination& to, const T& value) {
    return send_encoded_after(delay, to, detail::encode_message(value));
  }
  /// Stops what send_after() began: the time that was left, or nothing when it was too late.
  std::optional<duration> cancel_timer(const reference& timer);

  /// The first message that is a T.
  template <class T> [[nodiscard]] auto receive() { return detail::receive_one<T>(*this); }
  /// The same, or nothing when none arrives within `timeout`.
  template <class T> [[nodiscard]] auto receive(duration timeout) {
    return detail::receive_one_within<T>(*this, timeout);
  }
  /// The first message that is one of these types.
  template <class A, class B, class... More> [[nodiscard]] auto receive() {
    return detail::receive_variant<A, B, More...>(*this);
  }
  /// Clauses `[](T message) {...}`, tried in order on each message; the last may be after().
  /// Handlers may be coroutines. Returns what the handler returns.
  template <class First, class... Clauses>
    requires detail::clause<std::remove_cvref_t<First>>
  [[nodiscard]] auto receive(First&& first, Clauses&&... more) {
    static_assert((detail::safe_clause<First> && ... && detail::safe_clause<Clauses>),
                  "beamnode: name this clause first: g++ 12 destroys it twice inside a co_await");
    return detail::receive_clauses<std::remove_cvref_t<First>, std::remove_cvref_t<Clauses>...>(
        *this, std::forward<First>(first), std::forward<Clauses>(more)...);
  }
  /// The 'DOWN' message of this monitor.
  [[nodiscard]] task<down> receive_down(reference ref);
  task<> sleep(duration d);
  /// A place to stop in a long loop: lets others run now and then, and waits while a peer that this
  /// process sends to takes no more.
  [[nodiscard]] detail::yielder yield() noexcept { return detail::yielder(*this); }

  // -- processes -----------------------------------------------------------------------------

  template <class F, class... Args>
    requires std::invocable<F&, process&, Args...>
  etf::pid spawn(F body, Args... args) {
    return spawn(spawn_options{}, std::move(body), std::move(args)...);
  }
  /// Throws error_with(badarg) when options.name is taken.
  template <class F, class... Args> etf::pid spawn(spawn_options options, F body, Args... args) {
    process& child = create(options);
    return start(child, detail::start_body(child, std::move(body), std::move(args)...));
  }
  template <class F, class... Args>
    requires std::invocable<F&, process&, Args...>
  etf::pid spawn_link(F body, Args... args) {
    return spawn(spawn_options{.link = true}, std::move(body), std::move(args)...);
  }
  template <class F, class... Args>
    requires std::invocable<F&, process&, Args...>
  std::pair<etf::pid, reference> spawn_monitor(F body, Args... args) {
    const etf::pid child = spawn(std::move(body), std::move(args)...);
    return {child, monitor(child)};
  }
  /// By name, on any node. These wait for the node's answer; a failure throws error_with(Reason):
  /// noconnection, notsup, system_limit.
  task<etf::pid> spawn(std::string_view node, mfa_call call);
  task<etf::pid> spawn_link(std::string_view node, mfa_call call);
  task<std::pair<etf::pid, reference>> spawn_monitor(std::string_view node, mfa_call call);
  /// The same without waiting: the answer is a message `spawn_reply` with this reference, which is
  /// also that of the monitor. Link and monitor stand from then on.
  reference spawn_request(std::string_view node, const mfa_call& call,
                          spawn_request_options options = {});

  /// exit(Pid, Reason): sends an exit signal. `kill` cannot be trapped.
  template <class T> void exit(const etf::pid& to, const T& reason, send_options options = {}) {
    exit_encoded(to, detail::encode_message(reason), options);
  }
  /// The same to the process behind an alias, which stays as it is. Nodes before OTP 28 do not know
  /// such signals: those are dropped.
  template <class T> void exit(const reference& alias, const T& reason, send_options options = {}) {
    exit_encoded(alias, detail::encode_message(reason), options);
  }
  /// Exit signals become `exit_signal` messages. Returns what was set before.
  bool trap_exit(bool on) noexcept;
  /// Linked already: only the options change.
  void link(const etf::pid& other, link_options options = {});
  /// Afterwards no exit signal of this link arrives.
  void unlink(const etf::pid& other);
  /// One `down` message when it ends, or at once with noproc when there is no such process.
  reference monitor(const etf::pid& other, monitor_options options = {});
  reference monitor(const registered& name, monitor_options options = {});
  /// Afterwards no `down` of this monitor is in the mailbox, unless the options say otherwise. True
  /// when the monitor was still there: its `down` had not been sent (Erlang's info).
  bool demonitor(const reference& ref, demonitor_options options = {});
  /// A reference that others can send to, until unalias() unless the options say otherwise.
  reference alias(alias_options options = {});
  bool unalias(const reference& ref);
  reference make_reference();

  [[nodiscard]] bool is_alive(const etf::pid& local) const noexcept;
  /// Names of this node. False when the name is taken, or the process is not alive and local.
  bool register_name(atom name, const etf::pid& who);
  bool unregister_name(atom name);
  [[nodiscard]] std::optional<etf::pid> whereis(atom name) const noexcept;
  [[nodiscard]] etf::pid group_leader() const noexcept;
  void group_leader(const etf::pid& leader) noexcept;
  /// The group leader of another process, on any node. Throws error_with(badarg) when `of` is a
  /// process of this node that is not alive.
  void group_leader(const etf::pid& leader, const etf::pid& of);

  /// One line in the log of this node.
  void log(std::string_view line) const;

  // -- servers -------------------------------------------------------------------------------

  /// GenServer.call. A failure throws call_error with Erlang's reason.
  template <class R = term>
  task<R> call(destination to, const auto& request, duration timeout = std::chrono::seconds(5)) {
    return finish_call<R>(to, detail::encode_bare(request), timeout);
  }
  /// The same with the failure as a value.
  template <class R = term>
  task<call_result<R>> try_call(destination to, const auto& request,
                                duration timeout = std::chrono::seconds(5)) {
    return finish_try_call<R>(to, detail::encode_bare(request), timeout);
  }
  /// GenServer.cast
  template <class T> void cast(const destination& to, const T& request) {
    send(to, tuple(etf::atom("$gen_cast"), request));
  }
  /// Answers a call taken with on_call([](Request, from) {...}).
  template <class T> void reply(const from& to, const T& value) {
    reply_encoded(to, detail::encode_bare(value));
  }
  /// erpc:call. Throws what the function threw there: throw_with, remote_exit or remote_error; when
  /// there was no answer error_with({erpc, noconnection | timeout | notsup}), or
  /// exit_with({signal, Reason}) when the process that ran it was killed.
  template <class R = term>
  task<R> rpc(std::string_view node, mfa_call call, duration timeout = duration::max()) {
    return finish_rpc<R>(etf::atom(node), std::move(call), timeout);
  }

  // -- nodes ---------------------------------------------------------------------------------

  /// Connected visible nodes.
  [[nodiscard]] std::vector<atom> nodes() const;
  /// nodes(Type) of Erlang.
  [[nodiscard]] std::vector<atom> nodes(node_kind kind) const;
  /// Connects, or waits for the attempt that is under way. The failure says why.
  task<call_result<bool>> connect(std::string_view node);
  /// Whether the node can be connected to and answers: net_adm:ping.
  task<bool> ping(std::string_view node);
  /// False when it was not connected.
  bool disconnect(std::string_view node);
  /// Sends this process node_up and node_down messages, of hidden nodes too.
  void monitor_nodes(bool on);
  /// Each call with true asks for one more `node_gone` message when the connection with `node`
  /// ends; each with false takes one of these back. Connects if need be: when that fails the
  /// message comes at once. Says nothing about this node.
  void monitor_node(std::string_view node, bool on);

 protected:
  process() = default;
  ~process() = default;

 private:
  friend class beamnode::node;

  void send_encoded(const etf::pid& to, bytes_view message, send_options options);
  void send_encoded(const registered& to, bytes_view message, send_options options);
  void send_encoded(const reference& alias, bytes_view message, send_options options);
  reference send_encoded_after(duration delay, const destination& to, bytes_view message);
  void exit_encoded(const etf::pid& to, bytes_view reason, send_options options);
  void exit_encoded(const reference& alias, bytes_view reason, send_options options);
  void reply_encoded(const from& to, bytes_view value);
  process& create(const spawn_options& options);
  etf::pid start(process& child, task<> body);

  task<call_result<message>> gen_call(destination to, byte_buffer request, duration timeout);
  task<call_result<message>> erpc_call(atom node, mfa_call call, duration timeout);

  template <class R> static R unpack_reply(const message& reply);
  template <class R> task<R> finish_call(destination to, byte_buffer request, duration timeout);
  template <class R>
  task<call_result<R>> finish_try_call(destination to, byte_buffer request, duration timeout);
  template <class R> task<R> finish_rpc(atom node, mfa_call call, duration timeout);
};

template <class R> R process::unpack_reply(const message& reply) {
  if constexpr (!std::is_void_v<R>) {
    etf::result<R> value = reply.decode<R>();
    if (!value) throw error_with(tuple(etf::atom("bad_reply"), value.error().message()));
    return std::move(*value);
  }
}

template <class R>
task<R> process::finish_call(destination to, byte_buffer request, duration timeout) {
  const call_result<message> reply = co_await gen_call(to, std::move(request), timeout);
  if (!reply) throw call_error(reply.error().reason);
  co_return unpack_reply<R>(*reply);
}

template <class R>
task<call_result<R>> process::finish_try_call(destination to, byte_buffer request,
                                              duration timeout) {
  const call_result<message> reply = co_await gen_call(to, std::move(request), timeout);
  if (!reply) co_return reply.error();
  if constexpr (std::is_void_v<R>) {
    co_return call_result<R>{};
  } else {
    co_return unpack_reply<R>(*reply);
  }
}

template <class R> task<R> process::finish_rpc(etf::atom node, mfa_call call, duration timeout) {
  const call_result<message> reply = co_await erpc_call(node, std::move(call), timeout);
  if (!reply) throw error_with(reply.error().reason);
  co_return unpack_reply<R>(*reply);
}

}  // namespace beamnode
