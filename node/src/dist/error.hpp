#pragma once
/// Why an established connection must be closed.

#include <beamnode/etf/error.hpp>

#include <cstdint>
#include <string>

#include "dist/opcode.hpp"

namespace beamnode::dist {

enum class errc : std::uint8_t {
  none,
  frame_too_large,        // a declared length above channel_options::max_frame
  header_not_negotiated,  // a distribution header or fragment that was not agreed on
  header_missing,         // a pass-through frame where headers were agreed on
  malformed_header,       // a distribution header that cannot be read
  malformed_fragment,     // a fragment that belongs nowhere
  too_many_fragments,     // more unfinished messages than are kept
  message_too_large,      // a message in fragments above channel_options::max_frame
  unknown_frame,          // a frame that begins like nothing a distribution channel carries
  compressed_term,        // legal nowhere in a distribution channel
  malformed_control,      // the control tuple cannot be read
  payload_missing,        // an operation with a payload, and none came
  malformed_payload,      // the payload is no valid term
};

class error {
 public:
  error() = default;
  explicit error(errc code, std::string detail = {}) : code_(code), detail_(std::move(detail)) {}

  [[nodiscard]] errc code() const noexcept { return code_; }
  /// A sentence that names what came and, for terms, at which byte it was wrong.
  [[nodiscard]] std::string message() const;

 private:
  errc code_ = errc::none;
  std::string detail_;
};

template <class T> using result = etf::basic_result<T, error>;

}  // namespace beamnode::dist
