#include "base64.hpp"

#include <array>

namespace beamnode::etf::base64 {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values.at(static_cast<unsigned char>(digits[i])) = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> values = make_values();

}  // namespace

void append(std::string& out, bytes_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8U) | (i < size ? bytes[at + i] : std::uint8_t{0});
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= size ? digits[(group >> (18 - 6 * i)) & 0x3FU] : '=';
    }
  }
}

std::optional<byte_buffer> decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  byte_buffer bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::string_view group = text.substr(at, 4);
    if (at + 4 == text.size()) {
      while (group.size() > 2 && group.back() == '=') group.remove_suffix(1);
    }
    std::uint32_t bits = 0;
    for (const char c : group) {
      const std::uint8_t value = values[static_cast<unsigned char>(c)];
      if (value == no_digit) return std::nullopt;
      bits = (bits << 6U) | value;
    }
    const std::size_t unused = 6 * group.size() % 8;
    if ((bits & ((1U << unused) - 1U)) != 0) return std::nullopt;
    bits >>= unused;
    for (std::size_t i = group.size() - 1; i-- > 0;) {
      bytes.append(static_cast<std::uint8_t>(bits >> (8 * i)));
    }
  }
  return bytes;
}

}  // namespace beamnode::etf::base64
