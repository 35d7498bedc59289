#pragma once
/// Selective receive, typed. Its three forms are members of `process`:
///     co_await self.receive<T>()                    the first message that is a T
///     co_await self.receive<A, B>()                 the first that is an A or a B, as std::variant
///     co_await self.receive(clauses..., after(d, f))  the first that fits a clause; runs the
///     clause
/// Messages that fit are taken in order of arrival; others stay, and are not looked at again until
/// the next receive. Each form takes a timeout: `receive<T>(5s)` gives std::optional.

#include <beamnode/node/message.hpp>
#include <beamnode/node/task.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace beamnode {

class process;

using duration = std::chrono::steady_clock::duration;

namespace runtime {

class process_state;

/// Embedded in what waits for a time.
struct timer {
  void (*fire)(timer&) = nullptr;
  std::size_t index = 0;  // 1-based place in the heap of the shard; 0: not armed
};

}  // namespace runtime

namespace detail {

/// A receive in progress. While it waits, its process holds a pointer to it; destroying it (the
/// process was killed) takes that back.
class receiver : private runtime::timer {
 public:
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  [[nodiscard]] bool await_ready();
  void await_suspend(std::coroutine_handle<> awaiting);

 protected:
  using matcher = bool (*)(receiver&, const message&);
  receiver(process& self, matcher match, std::optional<duration> timeout) noexcept
      : self_(self), match_(match), timeout_(timeout.value_or(duration::max())) {
    fire = &on_timer;
  }
  ~receiver() {
    if (waits_) leave();
  }

  // Where the search starts, unless at the front of the mailbox:
  /// Where the last receive with this matcher stopped, if there was none with another since. Only
  /// for a matcher that looks at nothing but the message.
  void skip_tried() noexcept { begin_ = begin_at::untried; }
  /// Behind what is in the mailbox now.
  void skip_present() noexcept;
  /// Behind what was there when process::make_reference(), monitor(), alias() or spawn_request()
  /// made `ref`.
  void skip_before(const reference& ref) noexcept;

  [[nodiscard]] message& taken() noexcept { return taken_; }
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

 private:
  friend class runtime::process_state;
  enum class begin_at : std::uint8_t { front, untried, here };
  static void on_timer(runtime::timer& t);
  void leave() noexcept;

  process& self_;
  matcher match_;
  message taken_;
  duration timeout_;  // max(): none
  bool timed_out_ = false;
  bool waits_ = false;
  begin_at begin_ = begin_at::front;
};

/// See process::yield().
class yielder {
 public:
  explicit yielder(process& self) noexcept : self_(self) {}
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> awaiting) const noexcept;
  void await_resume() const noexcept {}

 private:
  process& self_;
};

template <class T> bool match_whole(const message& m, std::optional<T>& into) {
  if constexpr (std::is_same_v<T, message>) {
    return true;
  } else {
    etf::reader r = m.read();
    T value = etf::codec<T>::decode(r);
    if (!r.ok() || !r.at_end()) return false;
    into.emplace(std::move(value));
    return true;
  }
}

template <class T> class receive_one : public receiver {
 public:
  explicit receive_one(process& self, std::optional<duration> timeout = {})
      : receiver(self, &match, timeout) {
    skip_tried();
  }
  T await_resume() { return take(); }

 protected:
  T take() {
    if constexpr (std::is_same_v<T, message>) {
      return std::move(taken());
    } else {
      return std::move(*value_);
    }
  }

 private:
  static bool match(receiver& r, const message& m) {
    return match_whole(m, static_cast<receive_one&>(r).value_);
  }
  std::optional<T> value_;
};

template <class T> class receive_one_within : public receive_one<T> {
 public:
  receive_one_within(process& self, duration timeout) : receive_one<T>(self, timeout) {}
  std::optional<T> await_resume() {
    if (this->timed_out()) return std::nullopt;
    return this->take();
  }
};

template <class F> struct clause_traits : clause_traits<decltype(&F::operator())> {};
template <class F, class R, class A> struct clause_traits<R (F::*)(A)> {
  using argument = std::remove_cvref_t<A>;
  using result = R;
};
template <class F, class R, class A>
struct clause_traits<R (F::*)(A) const> : clause_traits<R (F::*)(A)> {};
template <class R, class A> struct clause_traits<R (*)(A)> {
  using argument = std::remove_cvref_t<A>;
  using result = R;
};

template <class T> struct unwrap_task {
  using type = T;
};
template <class T> struct unwrap_task<task<T>> {
  using type = T;
};

}  // namespace detail

/// The last clause of a receive: run `then` when nothing fitting arrived within `limit`.
template <class F> struct after_clause {
  duration limit;
  F then;
};

template <class F>
[[nodiscard]] after_clause<std::remove_cvref_t<F>> after(duration limit, F&& then) {
  static_assert(detail::safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return {limit, std::forward<F>(then)};
}

namespace detail {

template <class T> struct is_after : std::false_type {};
template <class F> struct is_after<after_clause<F>> : std::true_type {};

template <class F>
concept clause = requires { &F::operator(); } || std::is_pointer_v<F> || is_after<F>::value;

template <class F>
concept safe_clause = safe_in_co_await<F> || is_after<std::remove_cvref_t<F>>::value;

template <class F> struct clause_result {
  using type = typename unwrap_task<typename clause_traits<F>::result>::type;
};
template <class F> struct clause_result<after_clause<F>> {
  using type = typename unwrap_task<std::invoke_result_t<F&>>::type;
};

/// Tries each clause in turn and keeps what the first fitting one decoded.
template <class... Arguments> class receive_first : public receiver {
 public:
  explicit receive_first(process& self, std::optional<duration> timeout = {})
      : receiver(self, &match, timeout) {
    skip_tried();
  }
  /// Which clause fits; sizeof...(Arguments) after a timeout.
  std::size_t await_resume() noexcept { return timed_out() ? sizeof...(Arguments) : index_; }
  template <std::size_t I> auto take() {
    using T = std::tuple_element_t<I, std::tuple<Arguments...>>;
    if constexpr (std::is_same_v<T, message>) {
      return std::move(taken());
    } else {
      return T(std::move(*std::get<I>(values_)));
    }
  }

 private:
  template <std::size_t I> bool try_one(const message& m) {
    if (!match_whole(m, std::get<I>(values_))) return false;
    index_ = I;
    return true;
  }
  static bool match(receiver& r, const message& m) {
    auto& self = static_cast<receive_first&>(r);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (self.template try_one<I>(m) || ...);
    }(std::index_sequence_for<Arguments...>{});
  }

  std::tuple<std::optional<Arguments>...> values_;
  std::size_t index_ = 0;
};

template <class... Ts> class receive_variant : public receive_first<Ts...> {
 public:
  explicit receive_variant(process& self) : receive_first<Ts...>(self) {}
  std::variant<Ts...> await_resume() { return pick<0>(receive_first<Ts...>::await_resume()); }

 private:
  template <std::size_t I> std::variant<Ts...> pick(std::size_t which) {
    if constexpr (I + 1 == sizeof...(Ts)) {
      return std::variant<Ts...>(std::in_place_index<I>, this->template take<I>());
    } else {
      if (which == I) return std::variant<Ts...>(std::in_place_index<I>, this->template take<I>());
      return pick<I + 1>(which);
    }
  }
};

/// Runs a handler, and awaits it when it is a coroutine. By value: the frame starts after the
/// caller has returned, and keeps what the handler gets.
template <class R, class F, class... Args> task<R> run_handler(F& f, Args... args) {
  using Result = std::invoke_result_t<F&, Args...>;
  if constexpr (std::is_same_v<Result, task<R>>) {
    co_return co_await f(std::move(args)...);
  } else if constexpr (std::is_void_v<Result>) {
    f(std::move(args)...);
    co_return;
  } else {
    co_return f(std::move(args)...);
  }
}

template <class R, std::size_t I, class Wait, class Clauses>
task<R> dispatch(std::size_t index, Wait& wait, Clauses& clauses) {
  if constexpr (I == std::tuple_size_v<Clauses>) {
    std::terminate();  // index names a clause
  } else if constexpr (is_after<std::tuple_element_t<I, Clauses>>::value) {
    return run_handler<R>(std::get<I>(clauses).then);
  } else {
    if (index == I) return run_handler<R>(std::get<I>(clauses), wait.template take<I>());
    return dispatch<R, I + 1>(index, wait, clauses);
  }
}

template <class... Ts> struct type_list {};
template <class Done, class... Fs> struct wait_for;
template <class... Args> struct wait_for<type_list<Args...>> {
  using type = receive_first<Args...>;
};
template <class... Args, class F, class... Rest>
struct wait_for<type_list<Args...>, F, Rest...>
    : wait_for<type_list<Args..., typename clause_traits<F>::argument>, Rest...> {};
template <class... Args, class F> struct wait_for<type_list<Args...>, after_clause<F>> {
  using type = receive_first<Args...>;
};

template <class... Clauses>
std::optional<duration> timeout_of(const std::tuple<Clauses...>& clauses) {
  using Last = std::tuple_element_t<sizeof...(Clauses) - 1, std::tuple<Clauses...>>;
  if constexpr (is_after<Last>::value) {
    return std::get<sizeof...(Clauses) - 1>(clauses).limit;
  } else {
    return std::nullopt;
  }
}

template <class First, class... Clauses>
task<typename clause_result<First>::type> receive_clauses(process& self, First first,
                                                          Clauses... more) {
  using R = typename clause_result<First>::type;
  static_assert((std::is_same_v<R, typename clause_result<Clauses>::type> && ...),
                "beamnode: all clauses of a receive must return the same type");
  std::tuple<First, Clauses...> clauses{std::move(first), std::move(more)...};
  typename wait_for<type_list<>, First, Clauses...>::type wait(self, timeout_of(clauses));
  const std::size_t index = co_await wait;
  co_return co_await dispatch<R, 0>(index, wait, clauses);
}

}  // namespace detail

}  // namespace beamnode
