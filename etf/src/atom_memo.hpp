#pragma once
/// Each thread remembers some atoms it has met, under their encoded bytes: most messages name the
/// same few atoms over and over.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace beamnode::etf {

class atom_memo {
 public:
  /// The atom of this UTF-8 text, if it is remembered.
  [[nodiscard]] std::optional<atom> recall(bytes_view text) const noexcept {
    if (text.empty()) return std::nullopt;
    const key wanted = key_of(text);
    const entry& found = entries_[place_of(wanted)];
    const bool is_same =
        found.name.first == wanted.first && found.name.last == wanted.last &&
        found.name.size == wanted.size &&
        (wanted.size <= 16 || std::memcmp(found.text, text.data(), wanted.size) == 0);
    if (!is_same) return std::nullopt;
    return atom::from_index(found.index);
  }

  void remember(atom value) noexcept {
    const std::string_view text = value.text();
    if (text.empty()) return;
    const key name = key_of(as_bytes(text));
    entries_[place_of(name)] = {name, value.index(), text.data()};
  }

  [[nodiscard]] static atom_memo& of_this_thread() noexcept {
    thread_local constinit atom_memo memo;
    return memo;
  }

 private:
  /// Says everything about names of up to 16 bytes.
  struct key {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint32_t size = 0;
  };
  struct entry {
    key name;
    std::uint32_t index = 0;
    const char* text = nullptr;
  };

  static key key_of(bytes_view text) noexcept {
    const std::size_t size = text.size();
    const std::uint8_t* const from = text.data();
    key made;
    made.size = static_cast<std::uint32_t>(size);
    if (size >= 8) {
      made.first = load_big<std::uint64_t>(from);
      made.last = load_big<std::uint64_t>(from + size - 8);
    } else if (size >= 4) {
      made.first = load_big<std::uint32_t>(from);
      made.last = load_big<std::uint32_t>(from + size - 4);
    } else {
      made.first = from[0];
      made.last = (std::uint64_t{from[size / 2]} << 8U) | from[size - 1];
    }
    return made;
  }

  static std::size_t place_of(const key& name) noexcept {
    constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15U;
    const std::uint64_t mixed = ((name.first ^ name.size) * odd) ^ (name.last * (odd << 1U | 1U));
    return (mixed * odd) >> 55U;
  }

  std::array<entry, 512> entries_{};
};

}  // namespace beamnode::etf
