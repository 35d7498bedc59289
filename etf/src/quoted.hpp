#pragma once
/// Foreign text inside a sentence.

#include <cstdint>
#include <string>
#include <string_view>

#include "utf8.hpp"

namespace beamnode::etf {

/// At most 40 characters of `text` between two `mark`s; unprintable ones as U+FFFD.
inline std::string quoted(std::string_view text, char mark = '\'') {
  constexpr std::size_t max_shown_characters = 40;
  std::string result(1, mark);
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == max_shown_characters) {
      result += "...";
      break;
    }
    const std::uint32_t c = utf8::decode_next(text);
    const bool is_printable = c != utf8::invalid && c >= 0x20 && (c < 0x7F || c >= 0xA0);
    utf8::append(result, is_printable ? c : std::uint32_t{0xFFFD});
  }
  return result += mark;
}

}  // namespace beamnode::etf
