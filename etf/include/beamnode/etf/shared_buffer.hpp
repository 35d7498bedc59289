#pragma once
/// A buffer with several owners: the message that came in it, and the terms whose large binaries
/// stay in it. It is not written any more.

#include <beamnode/etf/byte_buffer.hpp>

#include <memory>

namespace beamnode::etf {

using shared_buffer = std::shared_ptr<const byte_buffer>;

/// Its last owner gives it to the spare buffers of the thread it is in then.
[[nodiscard]] shared_buffer share(byte_buffer content);

/// Smaller parts of a buffer are copied.
constexpr std::size_t least_shared = std::size_t{64} * 1024;

/// Whether a part of `size` bytes should stay in the buffer instead of being copied: not if it
/// would keep alive far more than itself.
[[nodiscard]] inline bool is_worth_sharing(std::size_t size, const byte_buffer& buffer) noexcept {
  constexpr std::size_t least_share = 4;
  return size >= least_shared && size >= buffer.capacity() / least_share;
}

}  // namespace beamnode::etf
