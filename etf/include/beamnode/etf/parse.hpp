#pragma once
/// Erlang text to terms: what io:format prints with ~p, ~w, ~tp, ~tw and ~0p, what erlang_text()
/// prints, and what a person writes in a shell.

#include <beamnode/etf/limits.hpp>
#include <beamnode/etf/term.hpp>

#include <string_view>

namespace beamnode::etf {

/// The term that `text` (UTF-8) is, as erl_scan and erl_parse:parse_term/1 of OTP 29 have it, with
/// or without a dot at its end:
///     {ok, 'Quoted atom', [1, -2.5e3, 16#FF, 1_000, $a | tail], "text" "\x{1F600}\n"}
///     #{key => <<1, 2:4, "größe"/utf8, 3.0:32/float-little, <<5:3>>/bits>>}  % a comment
///     fun lists:map/2
///     ~"a binary"    ~S(a \ list)    """ (triple-quoted strings, over several lines)
///     #geo:point{x = 1, y = 2}          (a native record, which parse_term/1 does not read)
/// Nothing is evaluated: there are neither variables nor operators but the sign of a number.
///
/// Fails with bad_text and a sentence with line and column, e.g. "expected ',', '|' or ']' after a
/// list element, found '}' (line 2, column 7)"; the offset is in bytes of the text. Other codes:
/// duplicate_key (erl_parse takes the last of them), atom_too_long, too_many_atoms, too_deep,
/// and too_large for what exceeds `bounds.elements`, integers beyond reader::max_big_bytes or, in a
/// base that is no power of two, 100,000 digits, and for bitstrings that have together more than
/// `bounds.inflated` bytes.
///
/// Refused with a sentence of their own: #Pid<...>, #Port<...>, #Ref<...> and <0.1.0>, which do not
/// tell the life of the node they belong to, #Fun<...>, and floats in other bases than 10. Never
/// recurses. A native record is taken for an exported one.
[[nodiscard]] result<term> parse_term(std::string_view text, const limits& bounds = {});

}  // namespace beamnode::etf
