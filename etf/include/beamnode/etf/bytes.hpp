#pragma once
/// Byte views, loads and stores of either byte order: the only pointer casts of the project.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace beamnode::etf {

/// Encoded bytes owned by somebody else.
using bytes_view = std::span<const std::uint8_t>;

inline bytes_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline bytes_view as_bytes(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

inline std::string_view as_text(bytes_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads an unsigned big-endian integer of sizeof(T) bytes at `from`, which need not be aligned.
template <std::unsigned_integral T>
[[nodiscard]] inline T load_big(const std::uint8_t* from) noexcept {
  T value{};
  std::memcpy(&value, from, sizeof value);
  if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}

/// Writes `value` as sizeof(T) big-endian bytes to `to`, which need not be aligned.
template <std::unsigned_integral T> inline void store_big(std::uint8_t* to, T value) noexcept {
  value = load_big<T>(reinterpret_cast<const std::uint8_t*>(&value));
  std::memcpy(to, &value, sizeof value);
}

/// Reads `size` (at most 8) little-endian bytes at `from`, of which `readable` may be read.
[[nodiscard]] inline std::uint64_t load_little(const std::uint8_t* from, std::size_t size,
                                               std::size_t readable) noexcept {
  std::uint64_t value = 0;
  if (std::endian::native == std::endian::little && readable >= sizeof value && size != 0) {
    std::memcpy(&value, from, sizeof value);
    return value & (~std::uint64_t{0} >> (64 - 8 * size));
  }
  for (std::size_t i = size; i-- > 0;) value = (value << 8U) | from[i];
  return value;
}

/// Writes `value` as sizeof(T) little-endian bytes, the order inside big integers.
template <std::unsigned_integral T> inline void store_little(std::uint8_t* to, T value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(to, &value, sizeof value);
  } else {
    for (std::size_t i = 0; i < sizeof value; ++i)
      to[i] = static_cast<std::uint8_t>(value >> 8U * i);
  }
}

}  // namespace beamnode::etf
