#pragma once
/// A socket interpreting a dist::channel: reads into it, writes what it has, closes when it says
/// so. Reading never waits for user code: messages go to mailboxes and the next read starts.

#include "dist/channel.hpp"

#include <beamnode/handshake/peer.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace beamnode::net {

/// Why a connection ended: Erlang's nodedown reason and a sentence for the log.
struct closing {
  std::string_view reason;  // connection_closed, net_tick_timeout, disconnect, ...
  std::string sentence;
};

class connection : public std::enable_shared_from_this<connection> {
 public:
  using clock = std::chrono::steady_clock;

  /// Who is told what happens; outlives the connection's last callback because it closes it.
  class owner {
   public:
    virtual void on_message(connection& from, const dist::channel::event& event) = 0;
    /// A batch of messages is in the mailboxes.
    virtual void on_batch() = 0;
    virtual void on_closed(connection& gone, const closing& why) = 0;
    /// There is something to write; flush() is to be called when the turn ends.
    virtual void on_output(connection& from) = 0;
    /// A message that no frame can hold was dropped.
    virtual void on_unsendable(connection& to, std::size_t bytes) = 0;
    /// Its output has drained.
    virtual void on_writable(const etf::pid& sender) = 0;

   protected:
    ~owner() = default;
  };

  connection(boost::asio::ip::tcp::socket socket, etf::atom peer, const handshake::peer& proven,
             dist::channel_options options, std::size_t busy_limit, owner& to);

  [[nodiscard]] etf::atom peer() const noexcept { return peer_; }
  [[nodiscard]] std::uint32_t peer_creation() const noexcept { return creation_; }
  [[nodiscard]] bool hidden() const noexcept { return hidden_; }
  [[nodiscard]] bool agreed(std::uint64_t flag) const noexcept { return (flags_ & flag) != 0; }
  [[nodiscard]] const dist::channel_counters& counters() const noexcept {
    return channel_.counters();
  }

  /// `first` arrived behind the handshake.
  void start(etf::bytes_view first);
  /// One control message of one process of ours. False when it cannot be sent at all (larger than
  /// any frame).
  template <class Control>
  bool send(const etf::pid& sender, const Control& control, etf::bytes_view payload = {}) {
    const bool sent = channel_.send(sender, control, payload);
    if (!sent) {
      owner_.on_unsendable(*this, payload.size());
    } else if (!dirty_) {
      dirty_ = true;
      owner_.on_output(*this);
    }
    return sent;
  }
  /// More waits to be written than this sender should add to.
  [[nodiscard]] bool busy(const etf::pid& sender) const {
    return channel_.queued() > busy_limit_ || channel_.is_sending_large(sender);
  }
  /// Tells the owner when `sender` may go on.
  void wait_until_writable(const etf::pid& sender) { waiting_.insert(sender); }

  void flush();
  void tick(clock::time_point now);
  /// Idempotent. The owner is told, unless `why` came from it.
  void close(const closing& why);

 private:
  void read();
  bool take_messages();
  void wait_for_write();
  void release_waiting();

  boost::asio::ip::tcp::socket socket_;
  owner& owner_;
  etf::atom peer_;
  std::uint32_t creation_;
  std::uint64_t flags_;
  bool hidden_;
  bool dirty_ = false;
  bool writing_ = false;
  bool closed_ = false;
  std::size_t busy_limit_;
  dist::channel channel_;
  std::unordered_set<etf::pid> waiting_;
};

}  // namespace beamnode::net
