#pragma once
/// All timers of a shard in one heap. The clock is passed in.

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

 private:
  static bool before(const timer& a, const timer& b) noexcept;
  void place(timer& t, std::size_t index) noexcept;
  void sift_up(std::size_t index) noexcept;
  void sift_down(std::size_t index) noexcept;

  std::vector<timer*> heap_;  // heap_[i] has index i + 1
  std::uint64_t armed_ = 0;
};

}  // namespace beamnode::runtime
