#include "latin1.hpp"

#include <cstdint>

namespace beamnode::handshake {

std::string from_latin1(etf::bytes_view bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte < 0x80) {
      text += static_cast<char>(byte);
    } else {
      text += static_cast<char>(0xC0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

std::string to_latin1(std::string_view utf8) {
  std::string text;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<std::uint8_t>(utf8[i]);
    if (lead < 0x80) {
      text += utf8[i];
      continue;
    }
    // C2 and C3 lead the two-byte forms of the characters 128 to 255.
    if ((lead != 0xC2 && lead != 0xC3) || i + 1 == utf8.size()) return std::string(utf8);
    const auto trail = static_cast<std::uint8_t>(utf8[++i]);
    if ((trail & 0xC0) != 0x80) return std::string(utf8);
    text += static_cast<char>((lead << 6) | (trail & 0x3F));
  }
  return text;
}

}  // namespace beamnode::handshake
