#pragma once
/// UTF-8 as Erlang wants it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace beamnode::etf::utf8 {

/// What decode_next() returns for bytes that are no character.
inline constexpr std::uint32_t invalid = 0xFFFF'FFFF;

/// Takes the first character off `text` and returns its code point; takes one byte and returns
/// `invalid` where no valid character begins. `text` must not be empty.
std::uint32_t decode_next(std::string_view& text) noexcept;

/// How many characters `text` has; nothing if it is not valid.
std::optional<std::size_t> count_characters(std::string_view text) noexcept;

inline bool is_valid(std::string_view text) noexcept { return count_characters(text).has_value(); }

/// Whether `code_point` is a Unicode scalar value.
constexpr bool is_scalar(std::uint64_t code_point) noexcept {
  return code_point <= 0x10'FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

/// Writes a scalar value as UTF-8 to `to`, which has room for 4 bytes; returns how many it took.
std::size_t encode(std::uint32_t code_point, char* to) noexcept;

/// Appends a scalar value to `text`.
void append(std::string& text, std::uint32_t code_point);

}  // namespace beamnode::etf::utf8
