#pragma once
/// How long to wait between attempts of which each costs more than the last.

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace beamnode::net {

class backoff {
 public:
  using pause = std::chrono::milliseconds;

  backoff(pause first, pause longest)
      : first_(std::max(first, pause(1))), longest_(std::max(longest, first_)), next_(first_) {}

  /// The pause before the next attempt: twice the last one, up to the longest, of which `random`
  /// takes up to a half, so that many who lost the same peer do not return in step.
  [[nodiscard]] pause next(std::uint32_t random) {
    const pause whole = next_;
    next_ = whole > longest_ / 2 ? longest_ : whole * 2;
    const auto half = static_cast<std::uint64_t>(whole.count()) / 2;
    return whole - pause(random % (half + 1));
  }
  /// An attempt has succeeded.
  void reset() noexcept { next_ = first_; }

 private:
  pause first_;
  pause longest_;
  pause next_;
};

}  // namespace beamnode::net
