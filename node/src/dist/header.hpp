#pragma once
/// What stands in front of the terms of a frame: here the pass-through form, `112, 131 Control
/// [131 Message]`, for connections that agreed on neither DIST_HDR_ATOM_CACHE nor FRAGMENTS
/// (erl_dist_protocol: Protocol between Connected Nodes).

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>

#include <span>

#include "dist/error.hpp"

namespace beamnode::dist {

/// First byte of a pass-through frame.
inline constexpr std::uint8_t pass_through = 112;

/// A frame's terms, and how to read them.
struct opened_frame {
  etf::bytes_view terms;
  /// The atoms that ATOM_CACHE_REF means in these terms.
  std::span<const etf::atom> atom_refs{};
  /// Each term has its own version byte in front.
  bool versioned = true;
};

/// Opens the body of a frame that is no tick.
[[nodiscard]] result<opened_frame> open_frame(etf::bytes_view body);

}  // namespace beamnode::dist
