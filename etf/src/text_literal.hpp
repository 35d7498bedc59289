#pragma once
/// Erlang's spelling of atoms, characters and numbers.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/text.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::etf::literal_text {

/// Whether a string may contain it (some of them escaped).
[[nodiscard]] bool is_printable(std::uint64_t code_point, printable_range range) noexcept;

/// One character inside a literal that is delimited by `quote`.
void append_character(std::string& out, std::uint32_t code_point, char quote);

void append_atom(std::string& out, atom name);
void append_float(std::string& out, double value);
void append_big(std::string& out, big_view value);

/// The characters of a binary, delimited, as <<"...">> or <<"..."/utf8>>. Appends nothing and
/// returns false if it is empty or not printable. Stops once `out` is longer than `enough`.
[[nodiscard]] bool append_printable_binary(std::string& out, bytes_view content, std::size_t enough,
                                           printable_range range);

/// The same for as much of a binary as ~P shows: the characters before the first one that is not
/// printable, at most `most` of them, if they are all there is or `least` at least; with three dots
/// at the end unless they are all.
[[nodiscard]] bool append_printable_start(std::string& out, bytes_view content, std::size_t least,
                                          std::size_t most, std::size_t enough,
                                          printable_range range);

}  // namespace beamnode::etf::literal_text
