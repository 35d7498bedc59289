#pragma once
/// Atoms whose text is known when compiling, as their bytes: copied and compared without a look
/// into the atom table.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/tag.hpp>

#include <array>
#include <cstdint>

namespace beamnode::etf::detail {

/// Whether it is of at most 255 ASCII characters. All others are left to the atom table, which
/// knows what an atom may be.
template <fixed_text Text>
inline constexpr bool is_plain_atom = [] {
  for (const char c : Text.view()) {
    if (static_cast<unsigned char>(c) > 0x7F) return false;
  }
  return Text.view().size() <= 0xFF;
}();

template <fixed_text Text>
inline constexpr auto encoded_atom = [] {
  constexpr std::string_view text = Text.view();
  std::array<std::uint8_t, text.size() + 2> bytes{};
  bytes[0] = static_cast<std::uint8_t>(tag::small_atom_utf8);
  bytes[1] = static_cast<std::uint8_t>(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i + 2] = static_cast<std::uint8_t>(text[i]);
  return bytes;
}();

template <fixed_text Text> atom interned_atom() {
  static const atom interned{Text.view()};
  return interned;
}

}  // namespace beamnode::etf::detail
