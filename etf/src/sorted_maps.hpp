#pragma once
/// Maps whose pairs have been put into Erlang's order of keys.

#include "block.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace beamnode::etf::detail {

class sorted_maps {
 public:
  /// The positions of the map's pairs such that their keys ascend, as the BEAM orders keys
  /// (integers before all floats). Null for a map with less than two pairs. Lives as long as this.
  pair_order order_of(const cell& map);

 private:
  pair_order add(const cell& map);
  void sort(const cell& map);

  std::unordered_map<const cell*, std::vector<std::uint32_t>> orders_;
};

}  // namespace beamnode::etf::detail
