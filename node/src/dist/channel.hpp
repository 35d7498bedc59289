#pragma once
/// An established distribution connection as a value: bytes and time in, control messages out, and
/// the other way round (erl_dist_protocol: Protocol between Connected Nodes). It knows no socket
/// and no clock. Not safe for use by two threads at once.
///
/// A shell does four things: reads into prepare() and says commit(), then takes next() until it has
/// no more; writes output() and says written(); calls on_tick() when next_tick() is reached;
/// closes the connection when next() fails or on_tick() finds the peer dead. After next() and after
/// on_tick() there may be something to write (a tick).

#include <beamnode/etf/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "dist/atom_numbers.hpp"
#include "dist/control.hpp"
#include "dist/error.hpp"
#include "dist/fragmenter.hpp"
#include "dist/frame.hpp"
#include "dist/header.hpp"
#include "dist/pace.hpp"
#include "dist/reassembly.hpp"
#include "dist/send_queue.hpp"

namespace beamnode::dist {

struct channel_options {
  /// The flags both sides agreed on.
  std::uint64_t flags = 0;
  /// Longest accepted frame, in bytes without its length, and longest message in fragments.
  std::size_t max_frame = std::size_t{512} * 1024 * 1024;
  /// Bytes of unfinished messages, those whose last fragment has not come, in all.
  std::size_t max_unfinished = std::size_t{1024} * 1024 * 1024;
  /// What the term of one payload may hold.
  etf::limits bounds{};
  /// Erlang's net_ticktime: how long a peer may be silent.
  std::chrono::milliseconds tick_time{60'000};
  /// Erlang's net_tickintensity: how many ticks are sent in tick_time. At least 1.
  unsigned tick_intensity = 4;
};

/// What has passed so far, ticks and framing included in the bytes but not in the messages.
struct channel_counters {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
};

/// A control message that can be written: all but `unknown`.
template <class Control>
concept sendable = requires(etf::writer& out, const Control& control) { write(out, control); };

class channel {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The longest frame any OTP accepts, in bytes without its length.
  static constexpr std::size_t longest_frame = 0x7FFF'FFFF;

  channel(channel_options options, time_point now);

  /// A control message and its payload: one bare encoded term, already valid, to be read with
  /// `atom_refs`; empty for operations without one, and for unknown ones.
  struct event {
    message control;
    bytes_view payload;
    std::span<const atom> atom_refs;
    /// The buffer that the payload is a part of, if it may be taken; null otherwise.
    etf::byte_buffer* owner = nullptr;
  };

  /// Room to read into: never empty, and never large only because the peer announced much. To be
  /// asked for when next() has no more.
  [[nodiscard]] std::span<std::uint8_t> prepare() { return in_.prepare(); }

  /// What prepare() offers in between is room of `shared`, which many channels may use in turn.
  void borrow(etf::byte_buffer& shared) { in_.borrow(shared); }
  void give_back(etf::byte_buffer& shared) { in_.give_back(shared); }

  /// `count` bytes of prepare()'s room have arrived. Any byte shows that the peer lives.
  void commit(std::size_t count, time_point now) noexcept;

  /// The next whole control message; its views are valid until the following next() or prepare().
  /// nullopt: more bytes are needed. A failure is final: the connection must be closed.
  [[nodiscard]] result<std::optional<event>> next();

  /// Sends one message. `payload` is a bare encoded term, and there is one exactly if the operation
  /// has_payload(). What one `sender` sends leaves in order; a large message leaves in fragments,
  /// as far as that is agreed, between which others' messages pass. False, and nothing sent, for
  /// what cannot be sent at all: a frame longer than longest_frame, or a value the format cannot
  /// express. A large payload that is all that `owner` holds is taken out of it, not copied.
  template <sendable Control>
  bool send(const pid& sender, const Control& control, bytes_view payload = {},
            etf::byte_buffer* owner = nullptr) {
    const bool complete = has_payload(Control::op) != payload.empty();
    same_sender_ = sender == std::exchange(last_sender_, sender);
    if (framing_ == framing::fragments && payload.size() > fragmenter::fragment_size) {
      etf::byte_buffer encoded;
      etf::writer out(encoded);
      write(out, control);
      return send_large(sender, std::move(encoded), out.ok() && complete, payload, owner);
    }
    if (numbers_atoms_ && payload.size() <= longest_numbered && !large_.has(sender)) {
      etf::byte_buffer& encoded = empty_control();
      etf::writer out(encoded);
      write(out, control);
      if (out.ok() && complete && send_numbered(sender, encoded, payload)) return true;
    }
    const std::size_t frame = begin_frame();
    etf::writer out(out_.bytes());
    write(out, control);
    return end_frame(sender, frame, out.ok() && complete, payload);
  }

  /// The bytes to write now, in as many pieces as fit into `into`; returns how many those are. They
  /// are valid until the next call of anything.
  [[nodiscard]] std::size_t output(std::span<bytes_view> into);

  /// The first `count` bytes of output() have left.
  void written(std::size_t count, time_point now) noexcept;

  /// Bytes that have not left yet.
  [[nodiscard]] std::size_t pending_output() const noexcept {
    return out_.pending() + large_.pending();
  }
  /// Bytes of these that stand in front of whatever is sent next.
  [[nodiscard]] std::size_t queued() const noexcept { return out_.pending(); }
  /// A large message of this sender has not left yet.
  [[nodiscard]] bool is_sending_large(const pid& sender) const { return large_.has(sender); }

  enum class tick_action : std::uint8_t {
    none,
    sent_tick,  // there is a tick to be written
    peer_dead,  // not a byte has come for tick_time and one tick more: close
  };

  /// When on_tick() wants to be called: never later than anything is due. Moves with what is read
  /// and written, so a timer may as well be set once per expiry.
  [[nodiscard]] time_point next_tick() const noexcept;
  tick_action on_tick(time_point now);

  /// Messages of which fragments have come, but not yet the last one; and what they hold.
  [[nodiscard]] std::size_t unfinished_messages() const noexcept { return pieces_.sequences(); }
  [[nodiscard]] std::size_t unfinished_bytes() const noexcept { return pieces_.unfinished_bytes(); }

  [[nodiscard]] const channel_counters& counters() const noexcept { return counters_; }

 private:
  /// In longer messages atoms are spelled out: what matters there are other bytes.
  static constexpr std::size_t longest_numbered = 4096;

  /// Where a control message is encoded before its atoms get their numbers; one per thread.
  [[nodiscard]] static etf::byte_buffer& empty_control();
  /// With its atoms by number. False, and nothing sent, for what cannot be sent so.
  bool send_numbered(const pid& sender, bytes_view control, bytes_view payload);
  [[nodiscard]] std::size_t begin_frame();
  bool end_frame(const pid& sender, std::size_t frame, bool good, bytes_view payload);
  bool send_large(const pid& sender, etf::byte_buffer control, bool good, bytes_view payload,
                  etf::byte_buffer* owner);
  [[nodiscard]] std::size_t lone_size() const noexcept;
  void append_tick();
  void echo_tick();
  /// False: a piece of a message whose last piece has not come.
  [[nodiscard]] result<bool> read_frame(bytes_view body, event& into);
  [[nodiscard]] result<void> read_message(bytes_view terms, bool versioned, event& into) const;
  [[nodiscard]] time_point peer_dead_at() const noexcept {
    return last_read_ + tick_time_ + tick_period_;
  }

  framing framing_;
  bool numbers_atoms_;
  frame_buffer in_;
  atom_cache atoms_;
  reassembly pieces_;
  assembled whole_;  // the message in fragments that was handed out last
  send_queue out_;
  fragmenter large_;
  std::size_t since_turn_ = 0;  // bytes sent past large messages that wait
  atom_numbers numbers_;
  pid last_sender_;
  bool same_sender_ = false;  // sent the message before the last one too
  pace pace_;
  etf::limits bounds_;
  channel_counters counters_;
  std::chrono::nanoseconds tick_time_;
  std::chrono::nanoseconds tick_period_;
  time_point last_read_;
  time_point last_written_;
  time_point tick_due_;
};

}  // namespace beamnode::dist
