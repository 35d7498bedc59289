#pragma once
/// System messages: what `sys` and observer ask of every server. serve() and its kin answer
/// get_state, replace_state, get_status, suspend, resume, terminate and debug options by
/// themselves; the server only says what its state is:
///
///     task<> counter(process& self, std::int64_t n) {
///       co_await serve(self, with_state(n), on_call([&](add m) { return n += m.by; }));
///     }
///
///     iex> :sys.get_state({:counter, node})
///     iex> :sys.suspend({:counter, node})      # takes no message until resumed; they wait
///     iex> :sys.trace({:counter, node}, true)  # messages and replies go to the node's log
///
/// The answer to get_state and replace_state is {ok, State}, as of OTP 27 and later; sys of OTP 25
/// hands that to its caller as it is. replace_state takes a fun that this node can run: `fun M:F/1`
/// of a function that it exports. Any other fun is refused as one whose module is not there:
/// {callback_failed, {gen_server, system_replace_state}, {error, undef}}. A server that did not say
/// what its state is answers get_state with {callback_failed, ..., {error, not_described}}, and is
/// shown with the state `not_described`.
///
/// The functions in namespace `sys` are the asking side. A failure throws call_error with Erlang's
/// reason, {Why, {sys, Function, [Server]}}, or error_with(Reason) when the server refuses.

#include <beamnode/node/detail/system_side.hpp>

namespace beamnode {

namespace detail {

template <class... Ts> struct state_part {
  std::tuple<Ts&...> parts;

  static void write(void* where, etf::writer& out) {
    const auto& parts = static_cast<state_part*>(where)->parts;
    if constexpr (sizeof...(Ts) == 1) {
      etf::codec<Ts...>::encode(out, std::get<0>(parts));
    } else {
      out.write_tuple(sizeof...(Ts));
      std::apply([&](const Ts&... one) { (etf::codec<Ts>::encode(out, one), ...); }, parts);
    }
  }
  static std::string replace(void* where, const term& by) {
    auto& parts = static_cast<state_part*>(where)->parts;
    if constexpr (sizeof...(Ts) == 1) {
      using T = std::tuple_element_t<0, std::tuple<Ts...>>;
      etf::result<T> value = by.as<T>();
      if (!value) return value.error().message();
      std::get<0>(parts) = std::move(*value);
    } else {
      etf::result<std::tuple<Ts...>> values = by.as<std::tuple<Ts...>>();
      if (!values) return values.error().message();
      parts = std::move(*values);
    }
    return {};
  }
  [[nodiscard]] state_access access() { return {this, &write, &replace}; }
};

struct parent_part {
  etf::pid parent;
};

}  // namespace detail

/// What the state of a server is: its locals, by reference. One is shown as it is, several as a
/// tuple. Each needs a codec in both directions.
template <class... Ts> [[nodiscard]] detail::state_part<Ts...> with_state(Ts&... locals) {
  static_assert(sizeof...(Ts) != 0, "beamnode: name the variables that are the state");
  return {std::tie(locals...)};
}

/// The process that this server belongs to: when it traps exits, an exit signal of its parent ends
/// it with that reason, after on_terminate. (Without trap_exit the signal ends it at once.)
[[nodiscard]] inline detail::parent_part child_of(const pid& parent) { return {parent}; }

namespace sys {

[[nodiscard]] task<term> get_state(process& self, destination server,
                                   duration timeout = std::chrono::seconds(5));
/// {status, Pid, {module, Module}, [Dictionary, SysState, Parent, Debug, Misc]}
[[nodiscard]] task<term> get_status(process& self, destination server,
                                    duration timeout = std::chrono::seconds(5));
/// `fun` is a term that the server's node can run. Returns the new state.
[[nodiscard]] task<term> replace_state(process& self, destination server, term fun,
                                       duration timeout = std::chrono::seconds(5));
task<> suspend(process& self, destination server, duration timeout = std::chrono::seconds(5));
task<> resume(process& self, destination server, duration timeout = std::chrono::seconds(5));
task<> trace(process& self, destination server, bool on,
             duration timeout = std::chrono::seconds(5));
/// Orders the server to end with `reason`; returns when it has agreed to.
task<> terminate(process& self, destination server, term reason,
                 duration timeout = std::chrono::seconds(5));

}  // namespace sys

}  // namespace beamnode
