#pragma once
/// One request to epmd and its reply, as a machine without a socket: bytes in, bytes out.

#include <beamnode/epmd_client/messages.hpp>

#include <cstddef>

namespace beamnode::epmd {

enum class phase : std::uint8_t {
  wants_output,  // output() waits to be written
  wants_input,   // the reply is awaited
  done,          // outcome() is there
  failed,        // failure() says why
};

/// `Request` is alive2, port_please2 or names_request.
template <class Request> class exchange {
 public:
  using response = typename Request::response;

  explicit exchange(Request request) : request_(std::move(request)), out_(request_.encode()) {}

  /// Bytes of the reply as they come, in any pieces. Returns how many it took: all of them until
  /// the reply is complete, none of what lies behind it.
  result<std::size_t> feed(bytes_view input);
  /// The connection has ended. What that means is up to the request: it completes NAMES.
  void closed();

  [[nodiscard]] bytes_view output() const noexcept {
    return failed() ? bytes_view{} : out_.view().subspan(written_);
  }
  void written(std::size_t count) noexcept { written_ += std::min(count, out_.size() - written_); }

  [[nodiscard]] phase status() const noexcept {
    if (failed()) return phase::failed;
    if (outcome_) return phase::done;
    return output().empty() ? phase::wants_input : phase::wants_output;
  }
  /// The reply; only when done.
  [[nodiscard]] const response& outcome() const noexcept { return *outcome_; }
  /// errc::none unless failed.
  [[nodiscard]] const error& failure() const noexcept { return failure_; }

 private:
  [[nodiscard]] bool failed() const noexcept { return failure_.code() != errc::none; }
  void read_reply(stream state);

  Request request_;
  byte_buffer out_;
  std::size_t written_ = 0;
  byte_buffer reply_;
  std::size_t reply_size_ = 0;
  std::optional<response> outcome_;
  error failure_;
};

extern template class exchange<alive2>;
extern template class exchange<port_please2>;
extern template class exchange<names_request>;

}  // namespace beamnode::epmd
