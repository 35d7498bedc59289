#pragma once
/// An encoded term with holes where variables stand, and what stands for variables in patterns.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/identifiers.hpp>

#include <cstdint>
#include <vector>

namespace beamnode::etf {

struct text_template {
  /// Before the byte at `offset`.
  struct hole {
    std::size_t offset;
    std::size_t variable;
  };
  byte_buffer bytes;
  std::vector<hole> holes;
};

// No text makes a pid, so that pids without a node can stand for what only patterns contain. The
// pid of a variable has its index as id.
namespace pattern_marker {
inline constexpr std::uint32_t anonymous = 0xFFFF'FFFF;
/// First element of a tuple that stands for a map: keys and patterns follow.
inline constexpr std::uint32_t map = 0xFFFF'FFFE;
}  // namespace pattern_marker

}  // namespace beamnode::etf
