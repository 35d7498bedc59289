#pragma once
/// What both handshake machines share: output, status, and the ways to fail.
///
/// A machine never touches a socket, clock or random source. Whoever owns those loops:
///
///     wants_output        write some of output(), tell how much with written()
///     wants_input         read some, offer it to feed(); keep what it did not use
///     wants_decision      answer with decide()
///     wants_confirmation  acceptor only: answer with confirm() or reject()
///     done                read outcome(); unused bytes belong to the distribution channel
///     failed              read failure(); close the connection
///
/// and says closed(), timed_out() or cancelled() when that is what happened. A machine that fails
/// with a last word to the peer (status nok, not_allowed) has failure() set while it still
/// wants_output. None of the calls throws for any input (but for std::bad_alloc).

#include <beamnode/handshake/error.hpp>
#include <beamnode/handshake/messages.hpp>
#include <beamnode/handshake/peer.hpp>

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::handshake {

enum class phase : std::uint8_t {
  wants_input,
  wants_output,
  wants_decision,
  wants_confirmation,
  done,
  failed
};

class conversation {
 public:
  virtual ~conversation() = default;

  /// Offers all bytes received and not yet used. Uses whole messages only, and none unless status()
  /// is wants_input (not before our part is written, either); returns how many bytes that were.
  /// Longer messages than max_message_size are refused when their length is seen, so a caller never
  /// holds more than that and one read. After a failure, returns that failure.
  [[nodiscard]] result<std::size_t> feed(etf::bytes_view input);

  /// Bytes to write now; valid until the next call that is not const.
  [[nodiscard]] etf::bytes_view output() const noexcept { return output_.view(); }
  /// The first `count` bytes of output() are on their way.
  void written(std::size_t count);

  [[nodiscard]] phase status() const noexcept;

  /// The connection ended, for `reason` if one is known. Fails by step: a close right after our
  /// challenge reply is how the peer says cookie_mismatch, any other is closed_by_peer. No effect
  /// once the handshake is over.
  void closed(std::string_view reason = {});
  /// Nothing came in the time the caller allows (OTP: 7 s per step).
  void timed_out();
  /// Our own side gives up.
  void cancelled();

  /// errc::none unless it failed.
  [[nodiscard]] const error& failure() const noexcept { return failure_; }
  /// Complete when status() is done; before that, what was learnt so far.
  [[nodiscard]] const peer& outcome() const noexcept { return peer_; }
  /// We, as on this connection: with the name and creation that were granted, if we asked for them.
  [[nodiscard]] const local_node& local() const noexcept { return local_; }

 protected:
  conversation(side role, step first, local_node local, std::uint32_t challenge, prefix framing);
  conversation(const conversation&) = default;
  conversation(conversation&&) = default;
  conversation& operator=(const conversation&) = default;
  conversation& operator=(conversation&&) = default;

  /// One whole message for the step we are at.
  virtual void take(etf::bytes_view payload) = 0;

  template <class Message> void send(const Message& message) {
    const std::size_t start = begin_message();
    encode(message, output_);
    end_message(start);
  }

  void await(step next) noexcept { step_ = next; }
  void finish() noexcept { finished_ = true; }
  void fail(errc code, std::string detail = {});
  void fail(const error& why) { fail(why.code(), why.detail()); }
  [[nodiscard]] bool failed() const noexcept { return failure_.code() != errc::none; }
  [[nodiscard]] step at() const noexcept { return step_; }
  [[nodiscard]] std::uint32_t challenge() const noexcept { return challenge_; }

  [[nodiscard]] local_node& us() noexcept { return local_; }
  [[nodiscard]] peer& them() noexcept { return peer_; }

 private:
  std::size_t begin_message();
  void end_message(std::size_t start);
  [[nodiscard]] phase awaited() const noexcept;

  side role_;
  step step_;
  prefix prefix_;
  bool finished_ = false;
  std::uint32_t challenge_;
  local_node local_;
  peer peer_;
  error failure_;
  etf::byte_buffer output_;
};

}  // namespace beamnode::handshake
