#pragma once
/// The body behind `process`: everything one process is made of.

#include "runtime/mailbox.hpp"
#include "runtime/relations.hpp"
#include "runtime/trace_token.hpp"

#include <beamnode/node/outside_wait.hpp>
#include <beamnode/node/process.hpp>

#include <coroutine>
#include <memory>
#include <optional>

namespace beamnode::runtime {

class shard;

enum class run_state : std::uint8_t {
  new_born,  // no body yet
  runnable,  // in the run queue
  running,
  waiting,  // for its receiver
  blocked,  // until a peer that it sent to has caught up
};

class process_state final : public process {
 public:
  process_state(shard& owner, std::uint32_t id_, std::uint32_t serial_) noexcept
      : home(owner), id(id_), serial(serial_) {}

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* block, std::size_t size) noexcept { pool_free(block, size); }

  [[nodiscard]] relations& ties() {
    if (!relations_) relations_ = std::make_unique<relations>();
    return *relations_;
  }
  [[nodiscard]] relations* ties_or_null() noexcept { return relations_.get(); }

  /// It has received what carries this token (none: empty).
  void adopt_token(etf::bytes_view token) {
    if (trace || !token.empty()) change_token(token);
  }

  /// Whether it still waits for something outside the runtime, which is cancelled if it is to end.
  [[nodiscard]] bool waits_outside() noexcept;

  /// Whether this receive can go on now: a message fits, or time is up.
  [[nodiscard]] bool try_receive(detail::receiver& r) {
    return inbox.peek() == nullptr ? r.timed_out_ : try_messages(r);
  }

  // What each message touches comes first.
  shard& home;
  std::uint32_t id;
  std::uint32_t serial;
  process_state* next_runnable = nullptr;
  std::coroutine_handle<> resume_point;
  detail::receiver* waiting_for = nullptr;
  /// Messages it may still take before it makes room for others.
  std::uint32_t reductions = 0;
  run_state state = run_state::new_born;
  bool trapping = false;
  bool busy = false;  // sent to a peer whose buffer is full
  bool watches_nodes = false;
  bool outside_cancelled = false;
  mailbox inbox;
  task<> body;
  /// The frame must stay until this has ended.
  detail::outside_wait* outside = nullptr;
  /// Of processes that ever received a trace token.
  std::unique_ptr<trace_state> trace;
  /// Set once it must end: an encoded reason.
  std::unique_ptr<etf::byte_buffer> exit_reason;
  etf::pid group_leader_pid;
  etf::atom name;

 private:
  [[nodiscard]] bool try_messages(detail::receiver& r);
  void change_token(etf::bytes_view token);

  std::unique_ptr<relations> relations_;
};

}  // namespace beamnode::runtime
