#pragma once
/// Work done by another process while this one goes on, as Elixir's Task:
///
///     auto there = async<std::int64_t>(self, "iex@localhost", mfa("lists", "sum", numbers));
///     auto here = async(self, measure, 17);      // task<std::int64_t> measure(process&, int)
///     const auto sum = co_await here.await(self) + co_await there.await(self, 30s);
///
/// The worker is linked to the process that started it: either dies with the other, and what is
/// called on another node dies with its worker. A worker that fails ends its owner by the link;
/// where the owner traps exits, await() throws instead. Results travel as messages: T needs a codec
/// in both directions, `task<>` makes `ok`.
///
/// On another node the function is called as erpc calls it, so the node may be a BEAM or one of
/// ours. What it raises is the exit reason of the worker: {Reason, Stack}, Reason, or
/// {{nocatch, Value}, []}.

#include <beamnode/node/requests.hpp>

namespace beamnode {

namespace detail {

struct async_worker {
  etf::pid owner;
  etf::pid worker;
  reference ref;  // of the monitor; also the alias for the result
  atom node;      // where the work is done
  mfa_call call;  // empty for a body of ours
};

/// The worker of a call on another node.
task<> call_for_owner(process& self, etf::pid owner, atom node, mfa_call call);
/// Watches the worker and tells it where the result is to go.
void start_async(process& self, async_worker& work);
/// The result, or the failure as Task.await exits with it.
task<message> await_result(process& self, async_worker work, duration timeout);
/// Nothing after the timeout; an exit reason as the failure.
task<std::optional<call_result<message>>> yield_result(process& self, async_worker work,
                                                       duration timeout);
task<std::optional<call_result<message>>> shut_down(process& self, async_worker work,
                                                    duration timeout);

template <class T, class F, class... Args> task<> run_async(process& self, F body, Args... args) {
  const reference to = co_await self.receive<reference>();
  if constexpr (std::is_void_v<T>) {
    co_await body(self, std::move(args)...);
    self.send(to, tuple(to, etf::atom("ok")));
  } else {
    const T result = co_await body(self, std::move(args)...);
    self.send(to, tuple(to, result));
  }
}

}  // namespace detail

/// What async() gives. Await it once, in the process that started it.
template <class T = term> class async_task {
 public:
  explicit async_task(detail::async_worker work) : work_(std::move(work)) {}

  [[nodiscard]] const pid& worker() const noexcept { return work_.worker; }
  [[nodiscard]] const reference& ref() const noexcept { return work_.ref; }

  /// Task.await: the result. Throws call_error with Elixir's reason, {Why, {'Elixir.Task', await,
  /// [Task, Timeout]}}, when the worker has ended without one, or when it takes too long. Then the
  /// worker is no longer waited for; it ends with its owner.
  task<T> await(process& self, duration timeout = std::chrono::seconds(5)) const {
    return typed(self, work_, timeout);
  }
  /// Task.yield: the result, the exit reason of the worker as a failure, or nothing: not yet.
  task<std::optional<call_result<T>>> yield(process& self,
                                            duration timeout = std::chrono::seconds(5)) const {
    return maybe(detail::yield_result(self, work_, timeout));
  }
  /// Task.shutdown: ends the worker with `shutdown`, after the timeout with `kill`. The result if
  /// it came first, the exit reason of the worker if that was another one, or nothing.
  task<std::optional<call_result<T>>> shutdown(process& self,
                                               duration timeout = std::chrono::seconds(5)) const {
    return maybe(detail::shut_down(self, work_, timeout));
  }

 private:
  static task<T> typed(process& self, detail::async_worker work, duration timeout) {
    const message result = co_await detail::await_result(self, std::move(work), timeout);
    if constexpr (!std::is_void_v<T>) {
      etf::result<T> value = result.decode<T>();
      if (!value) throw error_with(tuple(etf::atom("bad_reply"), value.error().message()));
      co_return std::move(*value);
    }
  }
  static task<std::optional<call_result<T>>> maybe(task<std::optional<call_result<message>>> work) {
    const std::optional<call_result<message>> outcome = co_await work;
    if (!outcome) co_return std::nullopt;
    co_return detail::typed_result<T>(*outcome);
  }

  detail::async_worker work_;
};

/// Runs a coroutine `task<T>(process& worker, args...)` in a process of its own.
template <class F, class... Args>
  requires std::invocable<F&, process&, Args...>
[[nodiscard]] auto async(process& self, F body, Args... args) {
  using T = typename detail::unwrap_task<std::invoke_result_t<F&, process&, Args...>>::type;
  static_assert(std::is_same_v<std::invoke_result_t<F&, process&, Args...>, task<T>>,
                "beamnode: what async() runs is a coroutine task<T>(process& worker, args...)");
  detail::async_worker work{self.pid(), {}, {}, self.node(), {}};
  work.worker =
      self.spawn_link(&detail::run_async<T, F, Args...>, std::move(body), std::move(args)...);
  detail::start_async(self, work);
  return async_task<T>(std::move(work));
}

/// Calls a function of a node, this one or another.
template <class T = term>
[[nodiscard]] async_task<T> async(process& self, std::string_view node, mfa_call call) {
  detail::async_worker work{self.pid(), {}, {}, atom(node), call};
  work.worker = self.spawn_link(&detail::call_for_owner, self.pid(), atom(node), std::move(call));
  detail::start_async(self, work);
  return async_task<T>(std::move(work));
}

}  // namespace beamnode
