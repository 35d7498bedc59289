#pragma once
/// An atom as it stands in the input, before it is known whether the process has it.

#include <beamnode/etf/reader.hpp>

#include <array>
#include <optional>
#include <string_view>

#include "utf8.hpp"

namespace beamnode::etf {

/// Room for 255 Latin-1 characters in UTF-8.
using latin1_buffer = std::array<char, 2 * atom::max_characters>;

struct reader::atom_name {
  std::string_view text;
  bool is_latin1 = false;
  std::optional<atom> known;  // named by ATOM_CACHE_REF: text is empty

  /// The text in UTF-8, not validated; in `buffer` if it is Latin-1.
  [[nodiscard]] std::string_view utf8(latin1_buffer& buffer) const noexcept {
    if (known) return known->text();
    if (!is_latin1) return text;
    std::size_t size = 0;
    for (const char c : text) {
      size += utf8::encode(static_cast<unsigned char>(c), buffer.data() + size);
    }
    return {buffer.data(), size};
  }

  [[nodiscard]] bool is(atom other) const noexcept {
    if (known) return *known == other;
    if (!is_latin1) return text == other.text();
    latin1_buffer buffer;
    return utf8(buffer) == other.text();
  }
};

}  // namespace beamnode::etf
