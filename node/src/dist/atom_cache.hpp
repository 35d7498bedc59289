#pragma once
/// The atoms a peer has told, and how a distribution header names those of its message
/// (erl_dist_protocol: Distribution Header). One per connection and direction.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "dist/error.hpp"

namespace beamnode::dist {

class atom_cache {
 public:
  static constexpr std::size_t slots = 2048;

  /// Reads what stands behind the two type bytes (and the numbers of a fragment): the count of
  /// references, their flags, and they themselves. New atoms take their slots at once. Returns how
  /// many bytes that was; refs() are this header's atoms afterwards.
  [[nodiscard]] result<std::size_t> read(etf::bytes_view header);

  /// The atoms of the last header: what ATOM_CACHE_REF 0, 1, ... means. Valid until the next
  /// read().
  [[nodiscard]] std::span<const etf::atom> refs() const noexcept { return refs_; }

 private:
  struct slot {
    etf::atom name;
    bool filled = false;
  };
  std::unique_ptr<std::array<slot, slots>> table_;  // made when the peer first fills a slot
  std::vector<etf::atom> refs_;
};

}  // namespace beamnode::dist
