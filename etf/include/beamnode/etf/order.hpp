#pragma once
/// Erlang's order of all terms, as OTP 27 and later have it:
///     number < atom < reference < fun < port < pid < tuple < record < map < [] < list < bit string
///
/// There are two ways to ask, because Erlang has two equalities:
///   - compare() is Erlang's <, > and ==. Numbers are compared by value, exactly, whatever their
///     size: 1 and 1.0 are equivalent, 0.0 and -0.0 too. With a stable sort it is lists:sort/1.
///   - `<=>` on terms, which ordered containers use, is the same but for its ties: of two
///     equivalent terms that are not =:=, the integer is before the float and -0.0 before 0.0. So
///     it agrees with `==` on terms, and a std::map keeps 1 and 1.0 apart as a BEAM's map does.
///
/// Maps are ordered by size, then by their keys in ascending order (among keys, integers before all
/// floats), then by their values. Comparing two maps sorts the keys of both: it takes memory and
/// may throw std::bad_alloc. Never recurses.

#include <beamnode/etf/term.hpp>

#include <compare>

namespace beamnode::etf {

[[nodiscard]] std::weak_ordering compare(const term& a, const term& b);
[[nodiscard]] std::strong_ordering operator<=>(const term& a, const term& b);

}  // namespace beamnode::etf
