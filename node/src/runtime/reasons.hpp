#pragma once
/// Exit reasons that the runtime itself gives, encoded once.

#include <beamnode/node/rpc.hpp>

namespace beamnode::runtime {

inline const etf::byte_buffer& noproc() {
  static const etf::byte_buffer reason = detail::encode_bare(etf::atom("noproc"));
  return reason;
}

inline const etf::byte_buffer& noconnection() {
  static const etf::byte_buffer reason = detail::encode_bare(etf::atom("noconnection"));
  return reason;
}

inline const etf::byte_buffer& killed() {
  static const etf::byte_buffer reason = detail::encode_bare(etf::atom("killed"));
  return reason;
}

inline const etf::byte_buffer& normal() {
  static const etf::byte_buffer reason = detail::encode_bare(etf::atom("normal"));
  return reason;
}

}  // namespace beamnode::runtime
