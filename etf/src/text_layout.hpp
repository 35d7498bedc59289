#pragma once
/// Terms on several lines, as Erlang breaks them.

#include <beamnode/etf/text.hpp>

#include <string>

#include "text_parts.hpp"

namespace beamnode::etf {

/// Appends the term in lines of `width` characters, 1 to max_line_width, where possible; stops once
/// `out` has more than `enough` bytes.
void append_lines(std::string& out, const detail::cell& root, std::uint32_t width, text_depth depth,
                  std::size_t enough, printable_range range);

inline constexpr std::uint32_t max_line_width = 1'000'000'000;

}  // namespace beamnode::etf
