#pragma once
/// Bits one after the other, the most significant of each byte first.

#include <beamnode/etf/reader.hpp>

#include <cstdint>
#include <vector>

namespace beamnode::etf {

class bit_writer {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return bits_; }
  void clear() noexcept { truncate(0); }
  /// Shortens to so many bits.
  void truncate(std::size_t bits) noexcept {
    bytes_.resize((bits + 7) / 8);
    if (bits % 8 != 0) bytes_.back() &= static_cast<std::uint8_t>(0xFF00U >> (bits % 8));
    bits_ = bits;
  }

  /// The low `count` (1 to 8) bits of `value`.
  void append(std::uint8_t value, unsigned count) {
    const auto used = static_cast<unsigned>(bits_ % 8);
    const auto aligned = static_cast<std::uint8_t>(value << (8 - count));
    if (used == 0) {
      bytes_.push_back(aligned);
    } else {
      bytes_.back() |= static_cast<std::uint8_t>(aligned >> used);
      if (used + count > 8) bytes_.push_back(static_cast<std::uint8_t>(aligned << (8 - used)));
    }
    bits_ += count;
  }

  /// The low `count` bits of an integer, as two's complement.
  void append_integer(big_view value, std::size_t count, bool is_little);

  [[nodiscard]] bit_view view() const noexcept {
    const auto last = static_cast<std::uint8_t>(bits_ % 8);
    return {bytes_, last == 0 ? std::uint8_t{8} : last};
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t bits_ = 0;
};

}  // namespace beamnode::etf
