#pragma once
/// Large buffers that have been used, kept for the next large message: memory that was touched
/// before is filled several times faster than memory fresh from the system. Each thread has its
/// own.

#include <beamnode/etf/byte_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace beamnode::etf {

class spare_buffers {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Smaller ones are not worth keeping, larger ones not kept.
  static constexpr std::size_t smallest = std::size_t{32} * 1024;
  static constexpr std::size_t largest = std::size_t{256} * 1024 * 1024;
  /// Kept in all.
  static constexpr std::size_t most_bytes = largest;
  static constexpr std::size_t most_buffers = 16;
  /// What nobody took for this long goes back to the system.
  static constexpr std::chrono::seconds patience{2};

  /// An empty buffer with room for `size` bytes if one is kept that is not much too large for them;
  /// one without room otherwise.
  [[nodiscard]] byte_buffer take(std::size_t size);
  /// May keep it.
  void give(byte_buffer used) noexcept;
  /// To be called now and then.
  void age(time_point now) noexcept;
  void clear() noexcept { kept_.clear(), bytes_ = 0; }

  /// The room of those that are kept.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  [[nodiscard]] static spare_buffers& of_this_thread();
  /// As of_this_thread().give(), also while the thread's own objects are being destroyed.
  static void give_to_this_thread(byte_buffer used) noexcept;

 private:
  struct spare {
    byte_buffer buffer;
    time_point since;  // when it was first seen by age(); time_point::min() before
  };
  void remove(std::size_t at) noexcept;

  std::vector<spare> kept_;
  std::size_t bytes_ = 0;
};

}  // namespace beamnode::etf
