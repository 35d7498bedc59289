#include "bit_writer.hpp"

namespace beamnode::etf {

void bit_writer::append_integer(big_view value, std::size_t count, bool is_little) {
  const bytes_view magnitude = value.magnitude;
  // Negation turns around all bits above the lowest one that is set.
  std::size_t lowest = 0;
  while (lowest < magnitude.size() && magnitude[lowest] == 0) ++lowest;
  const auto byte = [&](std::size_t i) {
    const unsigned plain = i < magnitude.size() ? magnitude[i] : 0U;
    if (!value.negative || i < lowest) return static_cast<std::uint8_t>(plain);
    return static_cast<std::uint8_t>(i == lowest ? 0U - plain : ~plain);
  };
  const std::size_t whole = count / 8;
  const auto rest = static_cast<unsigned>(count % 8);
  if (is_little) {
    for (std::size_t i = 0; i < whole; ++i) append(byte(i), 8);
    if (rest != 0) append(byte(whole), rest);
  } else {
    if (rest != 0) append(byte(whole), rest);
    for (std::size_t i = whole; i-- > 0;) append(byte(i), 8);
  }
}

}  // namespace beamnode::etf
