#pragma once
/// What the fuzz targets share.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/limits.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// A property that no input may break.
#define FUZZ_CHECK(condition)                                                      \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

namespace beamnode::fuzz {

/// The atom table never shrinks: in a long run new names are refused at some point.
inline etf::limits bounds() {
  const bool has_room = etf::atom::count() < 200'000;
  return {.inflated = std::size_t{1} << 20U, .new_atoms = has_room ? std::size_t{20} : 0};
}

/// What ATOM_CACHE_REF names.
inline const std::array<etf::atom, 3>& cached_atoms() {
  static const std::array<etf::atom, 3> atoms{etf::atom("ok"), etf::atom("node@host"),
                                              etf::atom("")};
  return atoms;
}

}  // namespace beamnode::fuzz
