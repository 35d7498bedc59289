#pragma once
/// A wait of a process whose end comes from outside the runtime: what use_task.hpp is made of.

#include <coroutine>

namespace beamnode {

class process;

namespace runtime {
class process_state;
}

namespace detail {

class outside_wait {
 public:
  outside_wait(const outside_wait&) = delete;
  outside_wait& operator=(const outside_wait&) = delete;
  virtual ~outside_wait() = default;

 protected:
  explicit outside_wait(process& self) noexcept : self_(self) {}

  /// False when the process is to end: the operation must not begin.
  [[nodiscard]] bool suspend(std::coroutine_handle<> awaiting) noexcept;
  /// What the process waits for has ended.
  void complete() noexcept;
  [[nodiscard]] process& self() noexcept { return self_; }

 private:
  friend class runtime::process_state;
  /// The process is to end. At most once.
  virtual void cancel() noexcept = 0;

  process& self_;
};

}  // namespace detail

}  // namespace beamnode
