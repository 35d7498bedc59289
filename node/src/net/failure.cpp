#include "net/failure.hpp"

namespace beamnode::net {

failure failure_from(const epmd::error& e, std::string_view node) {
  const auto code = [&] {
    switch (e.code()) {
      case epmd::errc::name_taken: return node_errc::name_taken;
      case epmd::errc::unknown_node:
      case epmd::errc::host_not_found: return node_errc::unknown_node;
      case epmd::errc::name_invalid: return node_errc::malformed_name;
      case epmd::errc::unreachable: return node_errc::epmd_unreachable;
      case epmd::errc::timed_out: return node_errc::timed_out;
      default: return node_errc::other;
    }
  }();
  return {code, "node " + std::string(node) + ": " + e.message()};
}

failure failure_from(const handshake::error& e) {
  const auto code = [&] {
    switch (e.code()) {
      case handshake::errc::cookie_mismatch: return node_errc::cookie_mismatch;
      case handshake::errc::not_allowed:
      case handshake::errc::flags_missing:
      case handshake::errc::alive_refused: return node_errc::not_allowed;
      case handshake::errc::timed_out: return node_errc::timed_out;
      case handshake::errc::name_malformed: return node_errc::malformed_name;
      default: return node_errc::other;
    }
  }();
  return {code, e.message(), e.code() == handshake::errc::nok};
}

}  // namespace beamnode::net
