#pragma once
/// Failures of connection attempts: a code for programs, a sentence for people.

#include <beamnode/epmd_client/error.hpp>
#include <beamnode/handshake/error.hpp>
#include <beamnode/node/error.hpp>

#include <string>

namespace beamnode::net {

struct failure {
  node_errc code = node_errc::other;
  std::string sentence;
  /// The peer's own attempt is on its way in: wait for it.
  bool peer_connects = false;

  [[nodiscard]] const std::string& message() const noexcept { return sentence; }
};

[[nodiscard]] failure failure_from(const epmd::error& e, std::string_view node);
[[nodiscard]] failure failure_from(const handshake::error& e);

}  // namespace beamnode::net
