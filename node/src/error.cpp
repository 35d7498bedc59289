#include <beamnode/node/error.hpp>

namespace beamnode {

int node_error::exit_status() const noexcept {
  switch (code_) {
    case node_errc::malformed_name: return 65;
    case node_errc::name_taken: return 66;
    case node_errc::unknown_node: return 67;
    case node_errc::connection_refused: return 68;
    case node_errc::cookie_mismatch: return 69;
    default: return 70;
  }
}

std::string_view name_of(node_errc code) noexcept {
  switch (code) {
    case node_errc::malformed_name: return "malformed_name";
    case node_errc::name_taken: return "name_taken";
    case node_errc::unknown_node: return "unknown_node";
    case node_errc::connection_refused: return "connection_refused";
    case node_errc::cookie_mismatch: return "cookie_mismatch";
    case node_errc::not_allowed: return "not_allowed";
    case node_errc::timed_out: return "timed_out";
    case node_errc::epmd_unreachable: return "epmd_unreachable";
    case node_errc::bad_cookie_file: return "bad_cookie_file";
    case node_errc::already_started: return "already_started";
    case node_errc::other: break;
  }
  return "other";
}

}  // namespace beamnode
