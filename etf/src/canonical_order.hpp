#pragma once
/// A total order of terms in which only exactly equal terms are equivalent. Not Erlang's order, but
/// a cheaper one (atoms by their place in the table): what equality, hashes and the look-up in maps
/// stand on. It differs from one run of a program to the next.

#include "block.hpp"

#include <compare>

namespace beamnode::etf::detail {

/// Maps inside the terms must have their order already. Never recurses.
std::strong_ordering canonical_compare(const cell& a, const cell& b);

/// The `index`-th key of a map in canonical order, or (odd indexes) its value.
inline const cell& ordered_cell(const cell& map, pair_order order, std::size_t index) noexcept {
  const std::size_t pair = index / 2;
  return map.cells[2 * (order == nullptr ? pair : order[pair]) + index % 2];
}

}  // namespace beamnode::etf::detail
