#pragma once
/// Bytes as tests write and read them.
///
///   "0003 73 6f6b"_hex                    spaces and line breaks are ignored
///   bytes_of(0x73, "ok", "0000"_hex)      single bytes, text and byte strings, one after the other
///   to_hex(bytes)                         for messages and comparisons a person can read

#include <beamnode/etf/bytes.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode::test {

using byte_string = std::vector<std::uint8_t>;

inline byte_string from_hex(std::string_view text) {
  byte_string bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    const auto found = std::string_view("0123456789abcdefABCDEF").find(c);
    const auto digit = found < 16 ? found : found - 6;
    if (found == std::string_view::npos) throw std::invalid_argument("not a hex digit in a test");
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  if (high >= 0) throw std::invalid_argument("half a byte at the end of hex digits in a test");
  return bytes;
}

inline std::string to_hex(etf::bytes_view bytes) {
  std::string text;
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

namespace detail {
inline void append(byte_string& to, std::integral auto byte) {
  to.push_back(static_cast<std::uint8_t>(byte));
}
inline void append(byte_string& to, etf::bytes_view bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
inline void append(byte_string& to, std::string_view text) { append(to, etf::as_bytes(text)); }
inline void append(byte_string& to, const char* text) { append(to, std::string_view(text)); }
}  // namespace detail

template <class... Parts> byte_string bytes_of(const Parts&... parts) {
  byte_string bytes;
  (detail::append(bytes, parts), ...);
  return bytes;
}

/// `value` in big-endian order, e.g. big(std::uint16_t{5}).
template <std::unsigned_integral T> byte_string big(T value) {
  byte_string bytes(sizeof value);
  etf::store_big(bytes.data(), value);
  return bytes;
}

inline namespace literals {
inline byte_string operator""_hex(const char* text, std::size_t size) {
  return from_hex({text, size});
}
}  // namespace literals

}  // namespace beamnode::test
