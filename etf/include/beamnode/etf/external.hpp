#pragma once
/// What surrounds a term outside distribution messages (the version byte, compression), and the
/// check of whole terms before anybody reads them. erl_ext_dist: "Introduction".

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/error.hpp>
#include <beamnode/etf/limits.hpp>

#include <cstddef>
#include <span>

namespace beamnode::etf {

/// Checks the bare term (no version byte) that `input` begins with and returns how many bytes it
/// has; what follows it is not looked at. After success every reader call that asks for what is
/// there succeeds: every tag is known and whole, atoms are UTF-8 of at most 255 characters and in
/// `atom_refs` where they are named by number, floats are finite, bit counts, identifiers, funs and
/// records are well-formed, and `bounds` are kept (`new_atoms`: distinct names the process does not
/// have yet; nothing is interned).
///
/// Not checked: that a map has no key twice and a record no field twice, which only decoding can
/// tell. Never recurses; allocates only where the input is longer than a limit.
[[nodiscard]] result<std::size_t> validate(bytes_view input, const limits& bounds = {},
                                           std::span<const atom> atom_refs = {});

/// What follows the version byte 131; bad_version if it is not there. A second 131, which is no
/// term, is refused with unknown_tag.
[[nodiscard]] result<bytes_view> strip_version(bytes_view input);

/// Whether `input` is a compressed term: 131, then COMPRESSED (80).
[[nodiscard]] bool is_compressed(bytes_view input) noexcept;

/// The bare term inside a compressed one (131, 80, size, zlib stream). Nothing is reserved before
/// the promised size is known to be within `bounds.inflated` and possible for that much input.
/// Fails with inflated_too_large, bad_compression (also where the size is not exactly as promised),
/// truncated, or trailing_bytes behind the zlib stream.
[[nodiscard]] result<byte_buffer> inflate(bytes_view input, const limits& bounds = {});

/// `encoded` (a whole term: 131 and what follows it, not compressed) with what follows the version
/// byte compressed by zlib at this level (1 to 9; others mean the nearest), or as it is where that
/// is not smaller. For files and sockets of your own: distribution messages have no compression.
[[nodiscard]] byte_buffer deflate(bytes_view encoded, int level = 6);

}  // namespace beamnode::etf
