#pragma once
/// Atoms whose text is known when compiling.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/tag.hpp>

#include <array>
#include <cstdint>

namespace beamnode::etf {

/// The atom `Text` as a type: as an element of other types it matches that atom and nothing else.
/// Readers and writers take it as its bytes, without a look into the atom table.
template <fixed_text Text> struct literal {
  static_assert(Text.view().size() <= atom::max_bytes,
                "beamnode: an atom has at most 255 characters");
  [[nodiscard]] static atom value() {
    static const atom interned{Text.view()};
    return interned;
  }
  friend constexpr bool operator==(literal, literal) noexcept { return true; }

  /// Whether it is of at most 255 ASCII characters: then `encoded` is what it looks like. All
  /// others are left to the atom table, which knows what an atom may be.
  static constexpr bool is_plain = [] {
    for (const char c : Text.view()) {
      if (static_cast<unsigned char>(c) > 0x7F) return false;
    }
    return Text.view().size() <= 0xFF;
  }();
  /// SMALL_ATOM_UTF8_EXT.
  static constexpr auto encoded = [] {
    constexpr std::string_view text = Text.view();
    std::array<std::uint8_t, text.size() + 2> bytes{};
    bytes[0] = static_cast<std::uint8_t>(tag::small_atom_utf8);
    bytes[1] = static_cast<std::uint8_t>(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i + 2] = static_cast<std::uint8_t>(text[i]);
    return bytes;
  }();
};

}  // namespace beamnode::etf
