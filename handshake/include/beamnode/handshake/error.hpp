#pragma once
/// What can end a handshake, said precisely: which rule, on which side, at which step, with whom.

#include <beamnode/etf/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace beamnode::handshake {

enum class errc : std::uint8_t {
  none,
  cookie_mismatch,          // a digest made with another cookie than ours
  name_mismatch,            // the node that answered is not the one we asked for
  name_malformed,           // not name@host, or a host that leaves no room for a dynamic name
  flags_missing,            // the peer lacks a mandatory capability
  not_allowed,              // status not_allowed: refused for good by the peer, or by us
  nok,                      // status nok: the acceptor's own attempt to connect wins
  alive_refused,            // status alive: the connection that is already up stays
  confirmation_refused,     // proven by its cookie, yet turned down in the confirmation
  own_challenge_reflected,  // the peer sent our own challenge back to us
  unexpected_message,       // a message that does not belong at this step
  malformed_message,        // the right message with impossible content
  unknown_status,           // a status text no release of Erlang sends
  message_too_long,         // more than max_message_size bytes announced
  closed_by_peer,           // the connection ended at a step where more was due
  timed_out,                // nothing came in time
  cancelled,                // given up by our own side
  md5_unavailable,          // this OpenSSL refuses MD5 (FIPS mode)
  cookie_file_missing,      // none of the usual places holds a cookie file
  cookie_file_unreadable,   // it is there, but cannot be read, or is no regular file
  cookie_file_permissions,  // group or others may access it
  cookie_malformed,         // empty, longer than 255 characters, or with unprintable ones
};

enum class side : std::uint8_t { none, initiator, acceptor };

/// What was awaited when it went wrong.
enum class step : std::uint8_t {
  none,
  name,             // the acceptor awaits the initiator's name
  status,           // the initiator awaits ok, nok, ...; the acceptor's caller decides it
  alive_answer,     // the acceptor awaits "true" or "false"; the initiator's caller decides it
  challenge,        // the initiator awaits the acceptor's challenge
  complement,       // the acceptor awaits what an old name message left out
  challenge_reply,  // the acceptor awaits the initiator's proof
  confirmation,     // the acceptor's caller makes room for the new connection
  challenge_ack,    // the initiator awaits the acceptor's proof
};

/// One sentence part per code, e.g. "cookie mismatch".
[[nodiscard]] std::string_view name_of(errc code) noexcept;
[[nodiscard]] std::string_view name_of(side which) noexcept;
[[nodiscard]] std::string_view name_of(step which) noexcept;

class error {
 public:
  error() = default;
  /// `detail`, when not empty, is the sentence that replaces the code's general one.
  explicit error(errc code, std::string detail = {}) : code_(code), detail_(std::move(detail)) {}
  error(errc code, std::string detail, handshake::side side, handshake::step step, std::string peer)
      : code_(code), side_(side), step_(step), peer_(std::move(peer)), detail_(std::move(detail)) {}

  [[nodiscard]] errc code() const noexcept { return code_; }
  /// The role we played.
  [[nodiscard]] handshake::side side() const noexcept { return side_; }
  [[nodiscard]] handshake::step step() const noexcept { return step_; }
  /// The peer's name as far as it was known: asked for (initiator) or claimed (acceptor). Not
  /// proven.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// A sentence: "peer city_b@127.0.0.1: cookie mismatch (initiator, challenge_ack)". Bytes from
  /// the wire in it are escaped, so it is fit for a log.
  [[nodiscard]] std::string message() const;

 private:
  errc code_ = errc::none;
  handshake::side side_ = side::none;
  handshake::step step_ = step::none;
  std::string peer_;
  std::string detail_;
};

template <class T> using result = etf::basic_result<T, error>;

[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

/// `text` in double quotes with everything unprintable as \xNN, cut at 64 bytes: foreign bytes made
/// fit for a sentence.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace beamnode::handshake

template <> struct std::is_error_code_enum<beamnode::handshake::errc> : std::true_type {};
