#pragma once
/// What can go wrong with a node, as opposed to its processes.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace beamnode {

enum class node_errc : std::uint8_t {
  malformed_name,      // not name@host
  name_taken,          // epmd has a node of this name already
  unknown_node,        // its host does not resolve, or its epmd does not know the name
  connection_refused,  // nobody listens where epmd says
  cookie_mismatch,
  not_allowed,  // the peer refused us, or offers too little
  timed_out,
  epmd_unreachable,
  bad_cookie_file,
  already_started,
  other,
};

/// what() is a sentence that names the node and the cause.
class node_error : public std::runtime_error {
 public:
  node_error(node_errc code, const std::string& sentence)
      : std::runtime_error(sentence), code_(code) {}
  [[nodiscard]] node_errc code() const noexcept { return code_; }
  /// A process exit status of its own for each kind of failure: 65 malformed_name, 66 name_taken,
  /// 67 unknown_node, 68 connection_refused, 69 cookie_mismatch, 70 everything else.
  [[nodiscard]] int exit_status() const noexcept;

 private:
  node_errc code_;
};

[[nodiscard]] std::string_view name_of(node_errc code) noexcept;

}  // namespace beamnode
