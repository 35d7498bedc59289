#pragma once
/// Terms as text for those who think in Elixir.

#include <beamnode/etf/term.hpp>

#include <cstddef>
#include <string>

namespace beamnode::etf {

struct elixir_options {
  /// Text beyond this is cut, at a character, and ends in "..." (which counts; so 3 is the least).
  std::size_t max_bytes = static_cast<std::size_t>(-1);
  /// 0: everything on one line. Otherwise lines are broken as by `pretty: true, width: ...`: so
  /// that they have at most this many bytes, where that can be done.
  std::size_t line_width = 0;
  /// How many elements to write of all lists, tuples, maps and bit strings together; three dots
  /// stand for the rest. inspect's own default is 50 (in Elixir 1.18, of each container).
  std::size_t limit = static_cast<std::size_t>(-1);
  /// Maps with a module in :__struct__ as %Geo.Point{x: 1.0}, and ranges, sets, dates and times as
  /// Elixir writes them; otherwise as `structs: false` writes them: as the maps they are.
  bool structs = true;
};

/// The term as UTF-8, as `inspect(term)` of Elixir 1.20 writes it:
///     {:ok, :"quoted atom", nil, [1, 2.5, "text"], ~c"charlist", [a: 1], %{key: %{"x" => <<0>>}}}
///
/// What differs:
///   - Pids, ports and references name their node, as the BEAM's numbers mean something on one node
///     only: #PID<city@host.110.0>, #Port<city@host.5>, #Reference<city@host.3.2.1>. Funs are
///     written without the function they were made in.
///   - Structs need no module: their fields are written in the order of the encoding, where Elixir
///     takes the order of defstruct, or writes a map if the module is not there. Structs with an
///     Inspect implementation of their own are written as structs, but for Range, MapSet, Date,
///     Time, NaiveDateTime and DateTime.
///   - Atoms with letters beyond Latin ones are quoted.
///   - There is no `printable_limit`, and integers of more than 4,096 bytes are hexadecimal (0xFF).
[[nodiscard]] std::string elixir_text(const term& value, const elixir_options& options = {});

}  // namespace beamnode::etf
