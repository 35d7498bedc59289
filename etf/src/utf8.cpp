#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace beamnode::etf::utf8 {
namespace {

std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t length = 0;
  for (; length + 8 <= text.size(); length += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + length, sizeof eight);
    if ((eight & 0x8080'8080'8080'8080U) != 0) break;
  }
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80) ++length;
  return length;
}

}  // namespace

std::uint32_t decode_next(std::string_view& text) noexcept {
  const std::uint32_t first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x1'0000};
  std::uint32_t code_point = first & (0x7FU >> length);
  bool valid = first >= 0xC2 && first <= 0xF4 && text.size() >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    const std::uint32_t next = static_cast<unsigned char>(text[i]);
    valid = (next & 0xC0U) == 0x80;
    code_point = (code_point << 6U) | (next & 0x3FU);
  }
  valid = valid && code_point >= smallest[length] && is_scalar(code_point);
  text.remove_prefix(valid ? length : 1);
  return valid ? code_point : invalid;
}

std::optional<std::size_t> count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t ascii = ascii_prefix(text);
    count += ascii;
    text.remove_prefix(ascii);
    if (text.empty()) break;
    if (decode_next(text) == invalid) return std::nullopt;
    ++count;
  }
  return count;
}

std::size_t encode(std::uint32_t code_point, char* to) noexcept {
  const auto trail = [code_point](unsigned shift) {
    return static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
  };
  if (code_point < 0x80) {
    to[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    to[0] = static_cast<char>(0xC0U | (code_point >> 6U));
    to[1] = trail(0);
    return 2;
  }
  if (code_point < 0x1'0000) {
    to[0] = static_cast<char>(0xE0U | (code_point >> 12U));
    to[1] = trail(6);
    to[2] = trail(0);
    return 3;
  }
  to[0] = static_cast<char>(0xF0U | (code_point >> 18U));
  to[1] = trail(12);
  to[2] = trail(6);
  to[3] = trail(0);
  return 4;
}

void append(std::string& text, std::uint32_t code_point) {
  std::array<char, 4> bytes{};
  text.append(bytes.data(), encode(code_point, bytes.data()));
}

}  // namespace beamnode::etf::utf8
