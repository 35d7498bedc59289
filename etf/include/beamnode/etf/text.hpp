#pragma once
/// Terms as text: what a person reads in a log or on a terminal.

#include <beamnode/etf/term.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace beamnode::etf {

/// Which characters may stand in strings: io:printable_range() of Erlang.
enum class printable_range : std::uint8_t {
  latin1,   // up to U+00FF: a BEAM unless it was started with +pc unicode
  unicode,  // all
};

struct text_limits {
  /// Text beyond this is cut, at a character, and ends in "..." (which counts; so 3 is the least).
  std::size_t max_bytes = static_cast<std::size_t>(-1);
  /// 0: everything on one line. Otherwise lines are broken so that they have fewer characters than
  /// this where that can be done: ~p's field width, which is 80 unless given.
  std::size_t line_width = 0;
  /// The number that ~P takes: at 1, a container is written as {...}, at 2 with its first element,
  /// and so on; each element of a tuple or list counts as one deeper than the one before it.
  std::size_t depth = static_cast<std::size_t>(-1);
  /// Lists and binaries with other characters are written as numbers.
  printable_range printable = printable_range::unicode;
};

/// The term as UTF-8, as `io:format("~0tp", [Term])` of a BEAM started with `+pc unicode` writes
/// it (and without that, with printable_range::latin1):
///     {ok,'Quoted atom',[1,2.5,"text"],<<"binary">>,<<"größe"/utf8>>,<<1,2,5:3>>,#{key => value}}
/// Lists of printable characters are written as strings, binaries of them too: as UTF-8 if they are
/// that, else as Latin-1. Printable are all of Unicode but control characters (\n \r \t \v \b \f \e
/// are escaped and allowed), surrogates, U+FFFE and U+FFFF. Floats are the shortest text that reads
/// back as the same number. Reserved words are those of OTP 27 ('maybe' and 'else' are quoted).
///
/// With a line width lines begin and end where `~80tp` lets them, with a depth parts are left out
/// as by `~tP`, both as of OTP 29. Time is linear in the size of the term; on one line, in that of
/// the text.
///
/// What differs, because the BEAM's text means something on one node only:
///     #Pid<city_b@127.0.0.1.110.0>    #Port<city_b@127.0.0.1.5>    #Ref<city_b@127.0.0.1.3.2.1>
/// Maps are written in the order of their encoding, and integers of more than 4,096 bytes in
/// hexadecimal (16#FF...), as conversion to decimal takes time that grows with the square.
/// Characters are code points, also for the width of a line, where the BEAM counts what it takes to
/// be one glyph.
[[nodiscard]] std::string erlang_text(const term& value, const text_limits& bounds = {});

}  // namespace beamnode::etf
