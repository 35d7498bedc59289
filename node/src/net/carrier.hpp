#pragma once
/// Every signal's way out and in: from processes of ours to the channel of its node, and from a
/// channel into the runtime. One entry per peer; where there is no connection yet, signals wait for
/// it. How connections are made is up to whoever derives from it.

#include "net/conversation.hpp"
#include "runtime/shard.hpp"

#include <beamnode/node/connection_info.hpp>

#include <functional>
#include <unordered_map>
#include <vector>

namespace beamnode::net {

class carrier : public runtime::remote, public conversation::owner {
 public:
  /// `pending_limit`: bytes of signals that wait for one connection; more are dropped.
  explicit carrier(std::size_t pending_limit) noexcept : pending_limit_(pending_limit) {}

  void attach(runtime::shard& shard) noexcept { shard_ = &shard; }

  bool send(const etf::pid& from, const etf::pid& to, etf::bytes_view message,
            bool priority) override;
  bool send(const etf::pid& from, etf::atom name, etf::atom node, etf::bytes_view message,
            bool priority) override;
  bool send(const etf::pid& from, const etf::reference& alias, etf::bytes_view message,
            bool priority) override;
  void link(const etf::pid& from, const etf::pid& to) override;
  void unlink(std::uint64_t id, const etf::pid& from, const etf::pid& to) override;
  void unlink_ack(std::uint64_t id, const etf::pid& from, const etf::pid& to) override;
  void exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) override;
  void exit2(const etf::pid& from, const etf::pid& to, etf::bytes_view reason,
             bool priority) override;
  void exit2(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
             bool priority) override;
  void monitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) override;
  void monitor(const etf::pid& from, etf::atom name, etf::atom node,
               const etf::reference& ref) override;
  void demonitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) override;
  void demonitor(const etf::pid& from, etf::atom name, etf::atom node,
                 const etf::reference& ref) override;
  void monitor_exit(const etf::pid& watched, etf::atom name, const etf::pid& watcher,
                    const etf::reference& ref, etf::bytes_view reason) override;
  void spawn_request(const etf::reference& id, const etf::pid& from, const etf::pid& group_leader,
                     etf::atom node, const mfa_call& call, bool link, bool monitor) override;
  void spawn_reply(const etf::reference& id, const etf::pid& to, bool linked, bool monitored,
                   const etf::pid& child) override;
  void spawn_error(const etf::reference& id, const etf::pid& to, etf::atom reason) override;
  void group_leader(const etf::pid& leader, const etf::pid& to) override;
  [[nodiscard]] std::vector<etf::atom> visible_nodes() const override;
  void reach(etf::atom node) override;
  /// What is known of each connection that is there.
  [[nodiscard]] std::vector<connection_info> connections() const;

 protected:
  /// Starts an attempt to connect, unless there is one: later connected() or not_connected() comes.
  virtual void dial_peer(etf::atom node) = 0;
  /// Processes may have become runnable.
  virtual void kick() = 0;

  /// The connection is there: what waited goes first. `up` stays until on_closed().
  void connected(conversation& up);
  /// The attempt came to nothing: what waited is lost, relations break with noconnection.
  void not_connected(etf::atom node);
  [[nodiscard]] runtime::shard& shard() noexcept { return *shard_; }

  void on_message(conversation& from, const dist::channel::event& event) override;
  void on_batch() override { kick(); }
  void on_closed(conversation& gone, const closing& why) override;
  void on_unsendable(conversation& to, std::size_t bytes) override;
  void on_writable(const etf::pid& sender) override;

 private:
  /// What is there with one peer, or waits for it.
  struct peer_signals {
    conversation* up = nullptr;
    std::size_t waiting_bytes = 0;
    bool overflowed = false;  // more wanted to wait than may
    std::vector<std::function<void(conversation&)>> waiting;
  };

  // outgoing.cpp
  /// Sends, or connects and sends then. False when the peer takes data too slowly.
  template <class Control>
  bool deliver(etf::atom node, const etf::pid& sender, const Control& control,
               etf::bytes_view payload);
  /// The same for messages: a sender that should wait is told when it may go on.
  template <class Control>
  bool deliver_message(etf::atom node, const etf::pid& sender, const Control& control,
                       etf::bytes_view payload);
  template <class Control>
  void deliver_if_up(etf::atom node, const etf::pid& sender, const Control& control,
                     etf::bytes_view payload);
  /// Keeps a signal until the connection is there, within pending_limit.
  void wait_for(etf::atom node, std::size_t size, std::function<void(conversation&)> emit);
  /// False for signals to a former life of the peer, which must not be sent.
  [[nodiscard]] bool same_life(const etf::pid& to) const;

  std::size_t pending_limit_;
  runtime::shard* shard_ = nullptr;
  std::unordered_map<etf::atom, peer_signals> peers_;
};

}  // namespace beamnode::net
