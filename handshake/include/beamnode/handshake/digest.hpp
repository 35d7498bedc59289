#pragma once
/// The proof that a node knows the cookie (erl_dist_protocol: Distribution Handshake).
///
/// The cookie itself never crosses the wire, but this is MD5 without channel binding: it keeps
/// clusters apart and does not replace TLS.

#include <beamnode/handshake/error.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace beamnode::handshake {

using digest = std::array<std::uint8_t, 16>;

/// MD5 over the cookie's bytes followed by `challenge` in decimal, unsigned. `cookie` is the
/// Latin-1 text of the cookie atom. Fails with md5_unavailable only.
[[nodiscard]] result<digest> make_digest(std::string_view cookie, std::uint32_t challenge);

/// Whether both are the same, in a time that does not tell where they differ.
[[nodiscard]] bool same_digest(const digest& a, const digest& b) noexcept;

}  // namespace beamnode::handshake
