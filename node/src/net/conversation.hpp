#pragma once
/// One established connection without its socket: the peer, its channel, and who waits until it
/// takes more. What writes and reads the bytes derives from it.

#include "dist/channel.hpp"

#include <beamnode/handshake/peer.hpp>
#include <beamnode/node/connection_info.hpp>
#include <beamnode/node/process.hpp>

#include <string>
#include <string_view>
#include <unordered_set>

namespace beamnode::net {

/// Why a connection ended: Erlang's nodedown reason and a sentence for the log.
struct closing {
  std::string_view reason;  // connection_closed, net_tick_timeout, disconnect, ...
  std::string sentence;
};

class conversation {
 public:
  using clock = std::chrono::steady_clock;

  /// Who is told what happens; outlives the conversation's last callback because it closes it.
  class owner {
   public:
    virtual void on_message(conversation& from, const dist::channel::event& event) = 0;
    /// A batch of messages is in the mailboxes.
    virtual void on_batch() = 0;
    virtual void on_closed(conversation& gone, const closing& why) = 0;
    /// A message that no frame can hold was dropped.
    virtual void on_unsendable(conversation& to, std::size_t bytes) = 0;
    /// Its output has drained.
    virtual void on_writable(const etf::pid& sender) = 0;

   protected:
    ~owner() = default;
  };

  conversation(etf::atom peer, const handshake::peer& proven, const dist::channel_options& options,
               std::size_t busy_limit, owner& to, clock::time_point now);
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  [[nodiscard]] etf::atom peer() const noexcept { return peer_; }
  [[nodiscard]] std::uint32_t peer_creation() const noexcept { return creation_; }
  [[nodiscard]] bool hidden() const noexcept { return hidden_; }
  [[nodiscard]] bool agreed(std::uint64_t flag) const noexcept { return (flags_ & flag) != 0; }
  [[nodiscard]] const dist::channel_counters& counters() const noexcept {
    return channel_.counters();
  }
  [[nodiscard]] connection_info info() const;

  /// One control message of one process of ours. False when it cannot be sent at all (larger than
  /// any frame).
  template <class Control>
  bool send(const etf::pid& sender, const Control& control, etf::bytes_view payload = {}) {
    // Most messages have been encoded in the scratch buffer.
    etf::byte_buffer* const encoded_in =
        payload.size() > dist::fragmenter::fragment_size ? &detail::scratch_to_take() : nullptr;
    const bool sent = channel_.send(sender, control, payload, encoded_in);
    if (sent) {
      has_output();
    } else {
      owner_.on_unsendable(*this, payload.size());
    }
    return sent;
  }
  /// More waits to be written than this sender should add to.
  [[nodiscard]] bool busy(const etf::pid& sender) const {
    return channel_.queued() > busy_limit_ || channel_.is_sending_large(sender);
  }
  /// Tells the owner when `sender` may go on.
  void wait_until_writable(const etf::pid& sender) { waiting_.insert(sender); }
  /// True the first time for each operation, as long as there are few.
  bool is_news(std::uint64_t unknown_operation);

  /// Idempotent. The owner is told.
  virtual void close(const closing& why) = 0;

 protected:
  /// There is something to write.
  virtual void has_output() = 0;
  /// Hands all whole messages to the owner. False when that closed the connection.
  bool take_messages();
  /// After writing: lets those go on who waited and may.
  void release_waiting();

  owner& owner_;
  dist::channel channel_;
  bool closed_ = false;

 private:
  etf::atom peer_;
  std::uint32_t creation_;
  std::uint64_t flags_;
  bool hidden_;
  std::size_t busy_limit_;
  std::unordered_set<etf::pid> waiting_;
  std::unordered_set<std::uint64_t> unknown_operations_;
};

}  // namespace beamnode::net
