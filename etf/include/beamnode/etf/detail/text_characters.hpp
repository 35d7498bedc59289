#pragma once
/// The characters of Erlang text, UTF-8 and escape sequences, at compile time too.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace beamnode::etf::detail {

/// A character and how many bytes of text it takes; size 0: there is none.
struct text_character {
  std::uint32_t value = 0;
  std::size_t size = 0;
};

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
/// In Latin-1, as atoms may begin; \xF7 is the division sign.
constexpr bool is_lower(std::uint32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}
constexpr bool is_upper(std::uint32_t c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}
constexpr bool is_name_character(std::uint32_t c) noexcept {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

/// 0 to 35, or more for what is no digit in any base.
constexpr unsigned digit_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A') + 10;
  return 99;
}

constexpr bool is_scalar_value(std::uint32_t c) noexcept {
  return c <= 0x10'FFFF && (c < 0xD800 || c > 0xDFFF);
}

/// The character at `at`, which is inside the text.
constexpr text_character read_character(std::string_view text, std::size_t at) noexcept {
  const std::uint32_t first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < size) return {};
  std::uint32_t value = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint32_t next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (next & 0x3FU);
  }
  const std::uint32_t smallest = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x1'0000;
  if (value < smallest || !is_scalar_value(value)) return {};
  return {value, size};
}

namespace text_escape {

constexpr text_character octal(std::string_view text, std::size_t at) noexcept {
  text_character c;
  while (c.size < 3 && at + c.size < text.size() && digit_value(text[at + c.size]) < 8) {
    c.value = c.value * 8 + digit_value(text[at + c.size]);
    ++c.size;
  }
  return c;
}

/// Behind `\x`: two digits, or any number of them in braces.
constexpr text_character hexadecimal(std::string_view text, std::size_t at) noexcept {
  const bool has_braces = at < text.size() && text[at] == '{';
  text_character c{0, has_braces ? std::size_t{1} : 0};
  std::size_t digits = 0;
  while (at + c.size < text.size() && digit_value(text[at + c.size]) < 16 &&
         (has_braces || digits < 2)) {
    c.value = c.value * 16 + digit_value(text[at + c.size]);
    if (c.value > 0x10'FFFF) return {};
    ++c.size;
    ++digits;
  }
  if (!has_braces) return digits == 2 ? c : text_character{};
  const bool is_closed = at + c.size < text.size() && text[at + c.size] == '}';
  if (!is_closed || digits == 0 || !is_scalar_value(c.value)) return {};
  if (c.value == 0xFFFE || c.value == 0xFFFF) return {};  // as erl_scan does
  ++c.size;
  return c;
}

/// Behind `\^`.
constexpr text_character control(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return {};
  const char c = text[at];
  if (c == '?') return {0x7F, 1};
  if ((c >= '@' && c <= '_') || is_ascii_lower(c)) {
    return {static_cast<std::uint32_t>(c) & 0x1FU, 1};
  }
  return {};
}

/// Behind the backslash.
constexpr text_character any(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return {};
  if (digit_value(text[at]) < 8) return octal(text, at);
  switch (text[at]) {
    case 'x':
    case '^': {
      text_character c = text[at] == 'x' ? hexadecimal(text, at + 1) : control(text, at + 1);
      if (c.size != 0) ++c.size;
      return c;
    }
    case 'n': return {'\n', 1};
    case 'r': return {'\r', 1};
    case 't': return {'\t', 1};
    case 'v': return {'\v', 1};
    case 'b': return {'\b', 1};
    case 'f': return {'\f', 1};
    case 'e': return {0x1B, 1};
    case 's': return {' ', 1};
    case 'd': return {0x7F, 1};
    default: return read_character(text, at);
  }
}

}  // namespace text_escape

/// The character at `at`, which is inside the text, or the one that the escape sequence there
/// stands for.
constexpr text_character read_escapable(std::string_view text, std::size_t at) noexcept {
  if (text[at] != '\\') return read_character(text, at);
  text_character c = text_escape::any(text, at + 1);
  if (c.size != 0) ++c.size;
  return c;
}

}  // namespace beamnode::etf::detail
