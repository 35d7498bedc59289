#pragma once
/// How serve_states() runs its handlers. Included by gen_statem.hpp.

#include <beamnode/node/detail/deadline.hpp>
#include <beamnode/node/detail/serve.hpp>
#include <beamnode/node/machine.hpp>

#include <deque>

namespace beamnode::detail {

template <class State, class... Parts> struct in_part {
  State state;
  std::tuple<Parts...> parts;
};
template <class F> struct timeout_part {
  F f;
};
template <class F> struct enter_part {
  F f;
};
template <class T> struct is_in : std::false_type {};
template <class State, class... Parts> struct is_in<in_part<State, Parts...>> : std::true_type {};
template <class T> struct is_timeout : std::false_type {};
template <class F> struct is_timeout<timeout_part<F>> : std::true_type {};
template <class T> struct is_enter : std::false_type {};
template <class F> struct is_enter<enter_part<F>> : std::true_type {};

/// {State, Data} for sys.
template <class State> struct machine_state {
  machine<State>& at;
  state_access data;
  void (*enter)(machine<State>& at, State state);

  static void write(void* where, etf::writer& out) {
    const auto& all = *static_cast<machine_state*>(where);
    out.write_tuple(2);
    etf::codec<State>::encode(out, all.at.state());
    if (all.data.write != nullptr) {
      all.data.write(all.data.where, out);
    } else {
      out.write_nil();
    }
  }
  static std::string replace(void* where, const term& by) {
    auto& all = *static_cast<machine_state*>(where);
    if (!by.is_tuple(2)) return "expected {State, Data}";
    const etf::result<State> state = by[0].as<State>();
    if (!state) return state.error().message();
    if (all.data.replace != nullptr) {
      std::string refused = all.data.replace(all.data.where, by[1]);
      if (!refused.empty()) return refused;
    }
    all.enter(all.at, *state);
    return {};
  }
  [[nodiscard]] state_access access() { return {this, &write, &replace}; }
};

}  // namespace beamnode::detail

namespace beamnode {

template <class State> struct machine<State>::driver {
  static void replace(machine& at, State state) { at.state_ = state; }
  static bool take_postpone(machine& at) { return std::exchange(at.postpone_, false); }
  /// Goes where the last handler wanted to go; the state before if that is another one.
  static std::optional<State> move(process& self, machine& at) {
    std::optional<State> before;
    if (at.next_ && !(*at.next_ == at.state_)) {
      before = at.state_;
      at.state_ = *at.next_;
      at.deadline_.reset();
    }
    at.next_.reset();
    if (at.wanted_) at.deadline_ = detail::deadline_after(self, *at.wanted_);
    at.wanted_.reset();
    return before;
  }
  static std::optional<duration> time_left(process& self, const machine& at) {
    if (!at.deadline_) return std::nullopt;
    return detail::time_left(self, *at.deadline_);
  }
  static void stop_timeout(machine& at) { at.deadline_.reset(); }
};

namespace detail {

template <class State, class Part>
task<> offer(process& self, system_side& system, const request& r, State now, Part& part,
             bool& handled) {
  std::variant<std::monostate> no_work;
  if constexpr (is_handler<Part>::value) {
    co_await try_part(self, system, r, part, no_work, handled);
  } else if constexpr (is_in<Part>::value) {
    if (part.state == now) {
      const auto each = [&](auto& inner) {
        return try_part(self, system, r, inner, no_work, handled);
      };
      const auto all = [&](auto&... inner) -> task<> { (co_await each(inner), ...); };
      co_await std::apply(all, part.parts);
    }
  }
  co_return;
}

/// Runs the handlers that `Is` picks, in this state.
template <template <class> class Is, class State, class Part, class... Args>
task<> run_picked(State now, Part& part, Args... args) {
  if constexpr (Is<Part>::value) {
    co_await run_handler<void>(part.f, args...);
  } else if constexpr (is_in<Part>::value) {
    if (part.state == now) {
      const auto each = [&](auto& inner) { return run_picked<Is>(now, inner, args...); };
      const auto all = [&](auto&... inner) -> task<> { (co_await each(inner), ...); };
      co_await std::apply(all, part.parts);
    }
  }
  co_return;
}

template <class State, class... Parts>
task<> states_loop(process& self, machine<State>& at, Parts... parts) {
  using driver = typename machine<State>::driver;
  machine_state<State> shown{at, find_state(parts...), &driver::replace};
  system_side system(self, behaviour::gen_statem, shown.access(), find_parent(parts...));
  std::deque<message> postponed;
  std::deque<message> again;
  (co_await run_picked<is_enter>(at.state(), parts, at.state()), ...);
  driver::move(self, at);
  for (;;) {
    message m;
    const std::optional<duration> left = driver::time_left(self, at);
    bool timed_out = !system.suspended() && left && *left <= duration::zero();
    if (system.suspended()) {
      m = co_await system.receive_suspended();
    } else if (timed_out) {
      // before any message that waits
    } else if (!again.empty()) {
      m = std::move(again.front());
      again.pop_front();
    } else if (!left) {
      m = co_await self.receive<message>();
    } else if (std::optional<message> arrived = co_await self.receive<message>(*left)) {
      m = std::move(*arrived);
    } else {
      timed_out = true;
    }
    const State now = at.state();
    if (timed_out) {
      driver::stop_timeout(at);
      (co_await run_picked<is_timeout>(now, parts), ...);
    } else {
      const request r = read_request(m);
      if (r.kind == request_kind::system) {
        co_await system.handle(r);
        continue;
      }
      if (r.kind == request_kind::info) system.leave_with_parent(m);
      if (system.watched()) system.note_in(m);
      bool handled = false;
      (co_await offer(self, system, r, now, parts, handled), ...);
      if (!handled && r.kind != request_kind::info) exit_unhandled(r);
    }
    if (driver::take_postpone(at) && m) postponed.push_back(std::move(m));
    while (const std::optional<State> before = driver::move(self, at)) {
      for (; !postponed.empty(); postponed.pop_back()) {
        again.push_front(std::move(postponed.back()));
      }
      (co_await run_picked<is_enter>(at.state(), parts, *before), ...);
    }
  }
}

template <class State, class... Parts>
task<> states_and_terminate(process& self, machine<State>& at, Parts... parts) {
  std::exception_ptr cause;
  try {
    co_await states_loop<State, Parts&...>(self, at, parts...);
  } catch (...) {
    cause = std::current_exception();
  }
  const term reason = reason_of(cause);
  (co_await run_picked<is_terminate>(at.state(), parts, reason), ...);
  std::rethrow_exception(cause);
}

}  // namespace detail

}  // namespace beamnode
