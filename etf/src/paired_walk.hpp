#pragma once
/// Two containers walked side by side: what both orders of terms have in common.

#include "block.hpp"

#include <algorithm>

namespace beamnode::etf::detail {

/// Two containers of the same kind, and how far they have been compared.
struct pair_of_containers {
  cell a;
  cell b;
  bool are_lists = false;      // a and b are what is left of them
  std::uint32_t position = 0;  // of maps only
};

/// The two values that are compared next; `tails` is room for what lies in no block.
struct next_values {
  const cell* a;
  const cell* b;
  std::array<cell, 2> tails;
};

inline std::strong_ordering compare_bits(const cell& a, const cell& b,
                                         std::uint32_t bytes) noexcept {
  return bytes == 0 ? std::strong_ordering::equal
                    : std::memcmp(bytes_of(a), bytes_of(b), bytes) <=> 0;
}

inline bool are_equal_leaves(const cell& a, const cell& b) noexcept {
  if (a.what != b.what || a.aux != b.aux) return false;
  if (a.what < form::tuple) return a.word == b.word;
  return a.what == form::bits && a.extra == b.extra && std::is_eq(compare_bits(a, b, a.aux));
}

/// How many of the first `count` cells are the same and have nothing inside them.
inline std::uint32_t equal_leaves(const cell* a, const cell* b, std::uint32_t count) noexcept {
  std::uint32_t equal = 0;
  while (equal < count && are_equal_leaves(a[equal], b[equal])) ++equal;
  return equal;
}

inline void skip(cell& of, std::uint32_t count) noexcept {
  of.cells += count;
  of.aux -= count;
}

inline void drop_head(cell& list) noexcept {
  if (list.aux == 1) {
    list = tail_of(list);
  } else if (list.what == form::list) {
    skip(list, 1);
  } else {
    ++list.bytes;
    --list.aux;
  }
}

/// Moves on to the next two values. True if those are the last.
inline bool advance_in_lists(pair_of_containers& in, next_values& next) noexcept {
  if (!is_cons(in.a) || !is_cons(in.b)) {
    next.tails = {in.a, in.b};
    next.a = &next.tails[0];
    next.b = &next.tails[1];
    return true;
  }
  if (in.a.what == form::list && in.b.what == form::list) {
    const std::uint32_t common = std::min(in.a.aux, in.b.aux) - 1;
    const std::uint32_t equal = equal_leaves(in.a.cells, in.b.cells, common);
    skip(in.a, equal);
    skip(in.b, equal);
  }
  next.a = &head_of(in.a);
  next.b = &head_of(in.b);
  drop_head(in.a);
  drop_head(in.b);
  return in.a.what == form::nil && in.b.what == form::nil;
}

/// The same in tuples and what is kept like them.
inline bool advance_in_cells(pair_of_containers& in, next_values& next) noexcept {
  const std::uint32_t equal = equal_leaves(in.a.cells, in.b.cells, in.a.aux - 1);
  next.a = in.a.cells + equal;
  next.b = in.b.cells + equal;
  skip(in.a, equal + 1);
  skip(in.b, equal + 1);
  return in.a.aux == 0;
}

}  // namespace beamnode::etf::detail
