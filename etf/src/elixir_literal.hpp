#pragma once
/// Elixir's spelling of atoms, strings and numbers.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::etf::elixir_literal {

/// Whether a binary may be written as a string.
[[nodiscard]] bool is_printable(std::string_view text) noexcept;
/// Whether a list of such integers is a charlist.
[[nodiscard]] bool is_in_charlist(std::uint64_t code_point) noexcept;
/// Whether this is a name of a module, as Foo.Bar.
[[nodiscard]] bool is_alias(std::string_view text) noexcept;

/// Escapes what must not stand between double quotes. Stops once `out` is longer than `enough`.
void append_escaped(std::string& out, std::string_view text, std::size_t enough);

void append_atom(std::string& out, atom name);
/// Before a value: `key: `.
void append_key(std::string& out, atom name);
/// Behind the dot of a call.
void append_function(std::string& out, atom name);
void append_float(std::string& out, double value);

}  // namespace beamnode::etf::elixir_literal
