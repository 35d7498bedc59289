#pragma once
/// Atoms: interned UTF-8 names of at most 255 characters.
///
/// An atom is a 4-byte index into one process-wide table that only grows (Erlang's rule too), so
/// comparing two atoms compares two integers and a text_view stays valid for ever. Interning and
/// reading are safe from any thread; reading takes no lock.

#include <beamnode/etf/error.hpp>
#include <beamnode/etf/result.hpp>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace beamnode::etf {

class atom {
 public:
  static constexpr std::size_t max_characters = 255;
  static constexpr std::size_t max_bytes = 1020;
  /// How many atoms a process can hold, as in the BEAM.
  static constexpr std::size_t table_capacity = 1'048'576;

  /// The empty atom ''.
  constexpr atom() noexcept = default;
  /// Interns `text`; throws bad_result<error> where intern() fails.
  explicit atom(std::string_view text);

  /// Fails with invalid_utf8, atom_too_long or too_many_atoms.
  [[nodiscard]] static result<atom> intern(std::string_view text);
  /// The atom of this text if it is in the table already; never adds one.
  [[nodiscard]] static std::optional<atom> find(std::string_view text) noexcept;
  /// How many atoms the process holds.
  [[nodiscard]] static std::size_t count() noexcept;

  [[nodiscard]] std::string_view text() const noexcept;
  [[nodiscard]] constexpr std::uint32_t index() const noexcept { return index_; }
  /// The atom with this index(); only for values that index() returned in this process.
  [[nodiscard]] static constexpr atom from_index(std::uint32_t index) noexcept {
    atom a;
    a.index_ = index;
    return a;
  }

  friend constexpr bool operator==(atom, atom) noexcept = default;
  /// Erlang's order: by code points.
  friend std::strong_ordering operator<=>(atom a, atom b) noexcept {
    if (a.index_ == b.index_) return std::strong_ordering::equal;
    return a.text().compare(b.text()) <=> 0;
  }

 private:
  std::uint32_t index_ = 0;
};

template <std::size_t Size> struct fixed_text {
  char text[Size]{};
  consteval fixed_text(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
};

namespace literals {
/// `"ok"_atom`, interned once per literal.
template <fixed_text Text> [[nodiscard]] atom operator""_atom() {
  static const atom interned{Text.view()};
  return interned;
}
}  // namespace literals

}  // namespace beamnode::etf

template <> struct std::hash<beamnode::etf::atom> {
  std::size_t operator()(beamnode::etf::atom a) const noexcept {
    return a.index() * 0x9E37'79B9'7F4A'7C15U;
  }
};
