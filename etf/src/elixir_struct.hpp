#pragma once
/// Elixir structs whose text is not that of their fields.

#include <optional>
#include <string>

#include "block.hpp"

namespace beamnode::etf::elixir_struct {

/// The module, if this map is a struct: its keys are atoms, and __struct__ names a module.
[[nodiscard]] std::optional<atom> module_of(const detail::cell& map) noexcept;

/// The value of an atom key; null without.
[[nodiscard]] const detail::cell* field(const detail::cell& map, std::string_view name) noexcept;

/// The elements of a MapSet, as the keys of a map; null for anything else.
[[nodiscard]] const detail::cell* set_elements(const detail::cell& map, atom module) noexcept;

/// A range, date or time: 1..10, ~D[2024-01-01]. False, and nothing appended, for anything else.
[[nodiscard]] bool append_text(std::string& out, const detail::cell& map, atom module);

}  // namespace beamnode::etf::elixir_struct
