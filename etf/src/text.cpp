#include <beamnode/etf/text.hpp>

#include <algorithm>

#include "text_layout.hpp"
#include "text_line.hpp"

namespace beamnode::etf {
std::string erlang_text(const term& value, const text_limits& bounds) {
  std::string text;
  const auto depth = static_cast<text_depth>(std::min<std::size_t>(bounds.depth, any_depth));
  if (depth == 0) {
    text = "...";
  } else if (bounds.line_width == 0) {
    line_writer(text, bounds.max_bytes, bounds.printable).write(value.raw(), depth);
  } else {
    const auto width = std::min<std::size_t>(bounds.line_width, max_line_width);
    append_lines(text, value.raw(), static_cast<std::uint32_t>(width), depth, bounds.max_bytes,
                 bounds.printable);
  }
  cut_text(text, bounds.max_bytes);
  return text;
}

}  // namespace beamnode::etf
