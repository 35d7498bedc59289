#pragma once
/// The coroutine of processes. A task<T> starts when it is awaited, runs on the thread of the
/// process that awaits it, and is destroyed, with everything in its frame, by the end of the
/// expression that awaits it or by the death of its process, whichever comes first.
///
/// Awaiting a task that never suspends uses no stack that outlives the await: a loop of a million
/// such awaits runs in constant space in every build type.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace beamnode {

template <class T = void> class task;

namespace detail {

/// g++ 12 destroys a closure twice that is written inside a co_await expression. That harms only
/// closures that own something, so those must be named before they are handed to receive(), serve()
/// and after(); others, such as all that capture by reference, may stand in place.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
template <class F>
concept safe_in_co_await =
    std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<std::remove_cvref_t<F>>;
#else
template <class F>
concept safe_in_co_await = true;
#endif

[[nodiscard]] void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

class promise_base {
 public:
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      promise_base& promise = ended.promise();
      // Still inside the starter's await_suspend: it sees done() and goes on by itself.
      if (promise.starting_ || !promise.continuation_) return std::noop_coroutine();
      return promise.continuation_;
    }
    void await_resume() const noexcept {}
  };
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  [[nodiscard]] const std::exception_ptr& exception() const noexcept { return exception_; }

 protected:
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  template <class T> friend class beamnode::task;

  std::coroutine_handle<> continuation_;
  std::exception_ptr exception_;
  bool starting_ = false;
};

template <class T> class promise : public promise_base {
 public:
  task<T> get_return_object() noexcept;
  template <class U> void return_value(U&& value) { value_.emplace(std::forward<U>(value)); }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <> class promise<void> : public promise_base {
 public:
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() const { rethrow(); }
};

}  // namespace detail

template <class T> class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;
  using handle_type = std::coroutine_handle<promise_type>;

  task() noexcept = default;
  explicit task(handle_type handle) noexcept : handle_(handle) {}
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~task() { reset(); }

  [[nodiscard]] handle_type handle() const noexcept { return handle_; }
  /// Destroys the frame, and with it every nested task and awaited operation.
  void reset() noexcept {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    detail::promise_base& promise = handle_.promise();
    promise.continuation_ = awaiting;
    promise.starting_ = true;
    handle_.resume();
    promise.starting_ = false;
    return !handle_.done();
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  handle_type handle_;
};

namespace detail {

template <class T> task<T> promise<T>::get_return_object() noexcept {
  return task<T>{std::coroutine_handle<promise>::from_promise(*this)};
}

inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>{std::coroutine_handle<promise>::from_promise(*this)};
}

}  // namespace detail

}  // namespace beamnode
