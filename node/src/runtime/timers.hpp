#pragma once
/// All timers of a shard in one heap, four children to a node, with what decides beside each other
/// in it: arming and cancelling take O(log n). The clock is passed in.

#include <beamnode/node/receive.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace beamnode::runtime {

class timers {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The timer must stay where it is until it fires or is cancelled.
  void arm(timer& t, time_point deadline);
  /// No effect on a timer that is not armed.
  void cancel(timer& t) noexcept;
  /// Fires what is due, in order of deadline, then of arming. A timer may arm others.
  void advance(time_point now);
  [[nodiscard]] std::optional<time_point> next() const noexcept;
  /// Of a timer that is armed.
  [[nodiscard]] time_point deadline_of(const timer& t) const noexcept {
    return heap_[t.index - 1].deadline;
  }

 private:
  struct entry {
    time_point deadline;
    std::uint64_t order = 0;
    timer* what = nullptr;

    [[nodiscard]] bool before(const entry& other) const noexcept {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };

  void place(const entry& e, std::size_t index) noexcept;
  void sift_up(entry e, std::size_t index) noexcept;
  void sift_down(entry e, std::size_t index) noexcept;

  std::vector<entry> heap_;  // heap_[i] has index i + 1
  std::uint64_t armed_ = 0;
};

}  // namespace beamnode::runtime
