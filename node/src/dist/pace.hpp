#pragma once
/// How fast a connection takes what it is given, measured while there is always more to give.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace beamnode::dist {

class pace {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `count` bytes have left; `more`: others wait.
  void wrote(std::size_t count, time_point now, bool more) noexcept {
    if (measuring_) {
      bytes_ += count;
      if (bytes_ >= enough && now > since_) {
        bytes_per_second_ =
            static_cast<double>(bytes_) / std::chrono::duration<double>(now - since_).count();
        start(now);
      }
    } else if (more) {
      start(now);
    }
    measuring_ = measuring_ && more;
  }

  /// Bytes that leave within `time`; 0 as long as nothing is known.
  [[nodiscard]] std::size_t bytes_in(std::chrono::duration<double> time) const noexcept {
    return static_cast<std::size_t>(bytes_per_second_ * time.count());
  }

 private:
  /// What the system's buffers take at once says nothing.
  static constexpr std::size_t enough = std::size_t{16} * 1024 * 1024;

  void start(time_point now) noexcept {
    measuring_ = true;
    since_ = now;
    bytes_ = 0;
  }

  double bytes_per_second_ = 0;
  bool measuring_ = false;
  time_point since_{};
  std::size_t bytes_ = 0;
};

}  // namespace beamnode::dist
