#pragma once
/// What is known of one connection: for dashboards, and for finding the peer that does not read.

#include <beamnode/etf/atom.hpp>

#include <cstddef>
#include <cstdint>

namespace beamnode {

/// Counted since the connection was made; ticks and the distribution's framing are part of the
/// bytes, the handshake is not.
struct connection_info {
  etf::atom node;
  bool hidden = false;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t messages_in = 0;        // control messages, with what they carry
  std::uint64_t messages_out = 0;       // these too; a message in fragments is one
  std::size_t bytes_to_write = 0;       // taken from processes, and not yet by the socket
  std::size_t processes_suspended = 0;  // wait until this peer takes more
  std::size_t unfinished_messages = 0;  // of which fragments have come, but not yet the last one
  std::size_t unfinished_bytes = 0;     // what these hold
};

}  // namespace beamnode
