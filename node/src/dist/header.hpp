#pragma once
/// What stands in front of the terms of a frame (erl_dist_protocol: Protocol between Connected
/// Nodes, Distribution Header, Distribution Header for Fragmented Messages). Which of the forms a
/// connection uses follows from the flags both sides agreed on.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>

#include <cstdint>
#include <span>

#include "dist/atom_cache.hpp"
#include "dist/error.hpp"

namespace beamnode::dist {

/// First byte of a pass-through frame: `112, 131 Control [131 Message]`.
inline constexpr std::uint8_t pass_through = 112;
/// Second byte of frames that begin with 131.
inline constexpr std::uint8_t header_form = 68;
inline constexpr std::uint8_t first_fragment_form = 69;
inline constexpr std::uint8_t fragment_form = 70;

/// How the frames of a connection begin.
enum class framing : std::uint8_t {
  plain,      // pass-through: neither DIST_HDR_ATOM_CACHE nor FRAGMENTS
  header,     // DIST_HDR_ATOM_CACHE alone
  fragments,  // FRAGMENTS, with or without the cache
};
[[nodiscard]] framing framing_of(std::uint64_t agreed_flags) noexcept;

/// A frame's terms, and how to read them.
struct opened_frame {
  etf::bytes_view terms;
  /// The atoms that ATOM_CACHE_REF means in these terms; valid until the next frame is opened.
  std::span<const etf::atom> atom_refs{};
  /// Each term has its own version byte in front.
  bool versioned = false;
  /// 0: a whole message. Else this frame is a piece of a message, the last if `fragment` is 1.
  std::uint64_t sequence = 0;
  std::uint64_t fragment = 0;
  bool is_first = true;
};

/// Opens the body of a frame that is no tick. `cache` is this connection's.
[[nodiscard]] result<opened_frame> open_frame(etf::bytes_view body, framing agreed,
                                              atom_cache& cache);

}  // namespace beamnode::dist
