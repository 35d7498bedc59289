#pragma once
/// Any Asio operation inside a process: `co_await socket.async_read_some(buffer, use_task(self))`.
///
/// The only public header that includes Asio; link beamnode::asio beside beamnode::node. I/O
/// objects are made with io_context_of(self). The awaiting process does nothing else meanwhile, its
/// messages wait. An error is thrown as boost::system::system_error; asio::as_tuple(use_task(self))
/// gives it as a value.
///
/// A process that is killed while it waits here ends when the operation has: its cancellation
/// (terminal) is emitted, and the frame with the buffers in it is destroyed on completion, whatever
/// the result. An operation that knows no cancellation is waited for.

#include <beamnode/node/outside_wait.hpp>
#include <beamnode/node/process.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace beamnode {

/// The loop of the node that `self` lives on. What belongs to it is used on the node's thread only.
[[nodiscard]] boost::asio::io_context& io_context_of(process& self) noexcept;

/// A completion token.
struct use_task {
  explicit use_task(process& awaiting) noexcept : self(awaiting) {}
  process& self;
};

namespace detail {

/// What an operation with this signature gives: its arguments without the error.
template <class... Ts> struct asio_outcome {
  std::exception_ptr failed;
  std::optional<std::tuple<Ts...>> values;

  void set(Ts... results) { values.emplace(std::move(results)...); }
  auto take() {
    if (failed) std::rethrow_exception(failed);
    if constexpr (sizeof...(Ts) == 1) {
      return std::get<0>(std::move(*values));
    } else if constexpr (sizeof...(Ts) != 0) {
      return std::move(*values);
    }
  }
};
template <class... Ts> struct asio_outcome<boost::system::error_code, Ts...> : asio_outcome<Ts...> {
  void set(const boost::system::error_code& why, Ts... results) {
    if (why) this->failed = std::make_exception_ptr(boost::system::system_error(why));
    asio_outcome<Ts...>::set(std::move(results)...);
  }
};
template <class... Ts> struct asio_outcome<std::exception_ptr, Ts...> : asio_outcome<Ts...> {
  void set(const std::exception_ptr& why, Ts... results) {
    this->failed = why;
    asio_outcome<Ts...>::set(std::move(results)...);
  }
};

/// Begins when it is awaited, and lives in the frame of the process until it has ended.
template <class Initiation, class Arguments, class... Results>
class asio_wait : public outside_wait {
 public:
  asio_wait(process& self, Initiation initiation, Arguments arguments)
      : outside_wait(self), initiation_(std::move(initiation)), arguments_(std::move(arguments)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    if (!suspend(awaiting)) return;
    std::apply(
        [&](auto&... arguments) { std::move(initiation_)(handler{this}, std::move(arguments)...); },
        arguments_);
  }
  auto await_resume() { return outcome_.take(); }

 private:
  struct handler {
    using executor_type = boost::asio::io_context::executor_type;
    using cancellation_slot_type = boost::asio::cancellation_slot;
    asio_wait* wait;

    [[nodiscard]] executor_type get_executor() const noexcept {
      return io_context_of(wait->self()).get_executor();
    }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
      return wait->cancellation_.slot();
    }
    void operator()(Results... results) {
      wait->outcome_.set(std::move(results)...);
      wait->complete();
    }
  };

  void cancel() noexcept override { cancellation_.emit(boost::asio::cancellation_type::terminal); }

  Initiation initiation_;
  Arguments arguments_;
  boost::asio::cancellation_signal cancellation_;
  asio_outcome<std::decay_t<Results>...> outcome_;
};

}  // namespace detail

}  // namespace beamnode

template <class... Results> class boost::asio::async_result<beamnode::use_task, void(Results...)> {
 public:
  template <class Initiation, class... Arguments>
  static auto initiate(Initiation&& initiation, beamnode::use_task token,
                       Arguments&&... arguments) {
    using kept = std::tuple<std::decay_t<Arguments>...>;
    return beamnode::detail::asio_wait<std::decay_t<Initiation>, kept, Results...>(
        token.self, std::forward<Initiation>(initiation),
        kept(std::forward<Arguments>(arguments)...));
  }
};
