#pragma once
/// State in a process of its own, as Elixir's Agent:
///
///     agent words(self, std::map<std::string, std::int64_t>{});
///     co_await words.update(self, [](auto& w) { ++w["hello"]; });
///     auto n = co_await words.get(self, [](const auto& w) { return w.size(); });
///     auto old = co_await words.get_and_update(self, take_all);
///
/// The functions run in the agent's process, one after the other; what one throws ends the agent,
/// and its caller with the same reason. They and their results are no messages: any C++ type will
/// do, and handles are for the processes of the node's own thread. A handle is copied freely; the
/// agent lives until stop(), or until the process that started it ends badly: they are linked.
///
/// From other nodes `Agent.get(pid, Module, Function, Arguments)`, get_and_update, update and cast
/// work with functions that this node exports (also given as &Module.function/1), called with the
/// state first. Closures cannot run here: they are answered {error, {cannot_run, Fun}}, and change
/// nothing. The state S needs a codec in both directions.

#include <beamnode/node/gen_server.hpp>

#include <functional>
#include <memory>
#include <unordered_map>

namespace beamnode {

namespace detail {

/// {agent_run, Number}: a function that a handle has left for its agent.
struct agent_run {
  std::int64_t number = 0;
};

/// What Elixir's Agent sends: get, update, get_and_update or cast with a function.
struct agent_order {
  atom what;
  term function;
  static agent_order decode(etf::reader& r);
};

/// Function(State, Arguments...) of this node. Nothing when this node cannot run it; throws what it
/// throws, as an agent would end by it.
task<std::optional<term>> apply_to_state(process& self, const term& function, const term& state);

/// Puts the term in the place of the state; throws error_with({bad_state, Sentence}).
template <class S> void replace_state(S& state, const term& by) {
  etf::result<S> value = by.as<S>();
  if (!value) throw error_with(tuple(etf::atom("bad_state"), value.error().message()));
  state = std::move(*value);
}

template <class S> struct agent_box {
  using function = std::function<void(S&)>;
  std::unordered_map<std::int64_t, function> waiting;
  std::int64_t last = 0;
  bool ended = false;
};

/// What the caller of Agent's function gets.
template <class S> task<term> obey(process& self, S& state, agent_order order) {
  const std::optional<term> result =
      co_await apply_to_state(self, order.function, term::from(state));
  if (!result) {
    co_return term::from(tuple(etf::atom("error"), tuple(etf::atom("cannot_run"), order.function)));
  }
  if (order.what.text() == "get") co_return *result;
  if (order.what.text() != "get_and_update") {
    replace_state(state, *result);
    co_return term(etf::atom("ok"));
  }
  if (!result->is_tuple(2)) throw error_with(tuple(etf::atom("bad_return_value"), *result));
  replace_state(state, (*result)[1]);
  co_return (*result)[0];
}

template <class S> task<> serve_agent(process& self, S state, std::shared_ptr<agent_box<S>> box) {
  struct at_end {
    agent_box<S>& box;
    ~at_end() {
      box.ended = true;
      box.waiting.clear();
    }
  };
  const at_end last{*box};
  co_await serve(
      self, with_state(state), on_call([&](agent_run order) {
        const auto found = box->waiting.extract(order.number);
        if (!found.empty()) found.mapped()(state);
      }),
      on_cast([&](agent_run order) {
        const auto found = box->waiting.extract(order.number);
        if (!found.empty()) found.mapped()(state);
      }),
      on_call([&](agent_order order) { return obey(self, state, std::move(order)); }),
      on_cast([&](agent_order order) -> task<> { co_await obey(self, state, std::move(order)); }),
      on_info([](const term&) {}));
}

}  // namespace detail

template <class S> class agent {
 public:
  /// Starts it, linked to `self`. Throws error_with(badarg) when the name is taken.
  agent(process& self, S initial, std::string_view name = {})
      : box_(std::make_shared<detail::agent_box<S>>()),
        pid_(self.spawn({.name = name, .link = true}, &detail::serve_agent<S>, std::move(initial),
                        box_)) {}

  [[nodiscard]] const etf::pid& pid() const noexcept { return pid_; }

  /// f(const S&)
  template <class F>
  auto get(process& self, F f, duration timeout = std::chrono::seconds(5)) const {
    using R = std::decay_t<std::invoke_result_t<F&, const S&>>;
    return run<R>(
        self, [f = std::move(f)](S& state) mutable -> R { return f(std::as_const(state)); },
        timeout);
  }
  /// f(S&), which changes the state.
  template <class F>
  task<> update(process& self, F f, duration timeout = std::chrono::seconds(5)) const {
    return run<void>(self, std::move(f), timeout);
  }
  /// f(S&), which changes the state and returns something.
  template <class F>
  auto get_and_update(process& self, F f, duration timeout = std::chrono::seconds(5)) const {
    using R = std::decay_t<std::invoke_result_t<F&, S&>>;
    return run<R>(self, std::move(f), timeout);
  }
  /// f(S&), at some time; nobody waits for it.
  template <class F> void cast(process& self, F f) const {
    if (box_->ended) return;
    self.cast(pid_, leave(std::move(f)));
  }
  task<> stop(process& self, duration timeout = std::chrono::seconds(5)) const {
    return sys::terminate(self, pid_, term(etf::atom("normal")), timeout);
  }

 private:
  detail::agent_run leave(typename detail::agent_box<S>::function f) const {
    const std::int64_t number = ++box_->last;
    if (!box_->ended) box_->waiting.emplace(number, std::move(f));
    return {number};
  }
  template <class R, class F> task<R> run(process& self, F f, duration timeout) const {
    if constexpr (std::is_void_v<R>) {
      const detail::agent_run order = leave([f](S& state) mutable { f(state); });
      return self.call<void>(pid_, order, timeout);
    } else {
      const auto result = std::make_shared<std::optional<R>>();
      const detail::agent_run order =
          leave([f, result](S& state) mutable { result->emplace(f(state)); });
      return finish<R>(self.call<void>(pid_, order, timeout), result);
    }
  }
  template <class R> static task<R> finish(task<> call, std::shared_ptr<std::optional<R>> result) {
    co_await call;
    co_return std::move(**result);
  }

  std::shared_ptr<detail::agent_box<S>> box_;
  etf::pid pid_;
};

}  // namespace beamnode

template <>
struct beamnode::etf::codec<beamnode::detail::agent_run>
    : tagged_tuple_codec<beamnode::detail::agent_run, "$beamnode_agent_run",
                         &beamnode::detail::agent_run::number> {};
template <> struct beamnode::etf::codec<beamnode::detail::agent_order> {
  static beamnode::detail::agent_order decode(reader& r) {
    return beamnode::detail::agent_order::decode(r);
  }
};
