#pragma once
/// gen_statem: a state machine that answers gen_statem:call and cast from every node.
///
///     enum class door { locked, open };      // an enum_codec shows it to sys:get_state
///
///     task<> door_lock(process& self, std::string code) {
///       machine at(door::locked);
///       co_await serve_states(self, at,
///           in(door::locked,
///              on_call([&](const enter& e) {
///                if (e.code != code) return "wrong"_atom;
///                at.next(door::open);
///                at.state_timeout(10s);
///                return "ok"_atom;
///              })),
///           in(door::open,
///              on_cast([&](lock) { at.next(door::locked); }),
///              on_call([&](const enter&, const from&) { at.postpone(); }),
///              on_state_timeout([&] { at.next(door::locked); })),
///           on_call([&](get) { return at.state(); }));         // in every state
///     }
///
/// Handlers are those of gen_server.hpp, tried in order: those in in(S, ...) when the machine is in
/// S, the others always. What a handler asks of the machine takes effect when it is done. A call or
/// cast that no handler takes ends the machine with {bad_call, Request} or {bad_cast, Request}.

#include <beamnode/node/detail/serve_states.hpp>
#include <beamnode/node/gen_server.hpp>
#include <beamnode/node/machine.hpp>

namespace beamnode {

/// Handlers for one state.
template <class State, class... Parts> [[nodiscard]] auto in(State state, Parts... parts) {
  static_assert(((detail::is_handler<Parts>::value || detail::is_timeout<Parts>::value ||
                  detail::is_enter<Parts>::value) &&
                 ...),
                "beamnode: in() takes a state, on_call, on_cast, on_info, on_enter and "
                "on_state_timeout");
  return detail::in_part<State, Parts...>{state, {std::move(parts)...}};
}
/// Runs when machine::state_timeout() is over.
template <class F> [[nodiscard]] auto on_state_timeout(F&& f) {
  static_assert(detail::safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return detail::timeout_part<std::remove_cvref_t<F>>{std::forward<F>(f)};
}
/// `f(State before)` runs when another state is entered, and at the start (`before` is then the
/// first state itself).
template <class F> [[nodiscard]] auto on_enter(F&& f) {
  static_assert(detail::safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return detail::enter_part<std::remove_cvref_t<F>>{std::forward<F>(f)};
}

/// Runs the machine until a handler throws. Takes in(), on_call, on_cast, on_info, on_enter,
/// on_state_timeout, and at most one with_state (the data), child_of and on_terminate.
template <class State, class... Parts>
task<> serve_states(process& self, machine<State>& at, Parts... parts) {
  if constexpr ((detail::is_terminate<Parts>::value || ...)) {
    return detail::states_and_terminate(self, at, std::move(parts)...);
  } else {
    return detail::states_loop<State, Parts...>(self, at, std::move(parts)...);
  }
}

}  // namespace beamnode
