#pragma once
/// Bounds on what bytes from elsewhere may make a decoder allocate.

#include <cstddef>
#include <cstdint>

namespace beamnode::etf {

struct limits {
  /// Nesting that is accepted. Decoding never recurses; this protects callers that do.
  std::size_t depth = 100'000'000;
  /// Values in one term, nested ones counted.
  std::size_t elements = 0xFFFF'FFFF;
  /// Bytes a compressed term may inflate to.
  std::size_t inflated = std::size_t{256} * 1024 * 1024;
  /// Atoms that one term may add to the atom table, which never shrinks.
  std::size_t new_atoms = 100'000;
};

}  // namespace beamnode::etf
