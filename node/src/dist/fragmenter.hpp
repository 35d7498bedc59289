#pragma once
/// Large messages on their way out, cut into fragments (erl_dist_protocol: Distribution Fragment
/// Header). Their senders take turns, a fragment each; what a sender sends behind its large message
/// waits for it, so that the order of its signals holds.

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/identifiers.hpp>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>

#include "dist/send_queue.hpp"

namespace beamnode::dist {

class fragmenter {
 public:
  /// Bytes of a message in one fragment, as OTP cuts them.
  static constexpr std::size_t fragment_size = std::size_t{64} * 1024;
  /// The same, at least, for a message that is alone when it begins: OTP takes fewer large pieces
  /// faster.
  static constexpr std::size_t lone_fragment_size = std::size_t{1024} * 1024;

  /// A message to be cut: its control message (one encoded term) and its payload. `lone_size`: of
  /// its fragments, if it is alone when it begins.
  void add_large(const etf::pid& sender, etf::byte_buffer control,
                 std::shared_ptr<const etf::byte_buffer> payload,
                 std::size_t lone_size = lone_fragment_size);
  /// A whole frame that must not overtake the sender's large messages.
  void add_behind(const etf::pid& sender, etf::bytes_view frame);

  [[nodiscard]] bool has(const etf::pid& sender) const { return senders_.contains(sender); }
  [[nodiscard]] bool empty() const noexcept { return turns_.empty(); }
  /// Bytes of messages that wait, without framing.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

  /// Appends the frames of the next sender's turn.
  void take_turn(send_queue& out);

 private:
  struct large_message {
    std::uint64_t sequence = 0;
    std::uint64_t fragments_left = 0;  // 0: not begun
    std::size_t fragment_size = 0;     // before it begins: if it is alone then
    etf::byte_buffer control;
    std::shared_ptr<const etf::byte_buffer> payload;
    std::size_t sent = 0;     // of the payload
    etf::byte_buffer behind;  // frames of the sender that follow
  };
  struct sender_queue {
    etf::pid sender;
    std::deque<large_message> messages;
  };

  std::list<sender_queue> turns_;
  std::unordered_map<etf::pid, std::list<sender_queue>::iterator> senders_;
  std::uint64_t last_sequence_ = 0;
  std::size_t pending_ = 0;
};

}  // namespace beamnode::dist
