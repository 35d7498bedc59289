#pragma once
/// What the runtime asks of the world beyond its node: one call per signal of the distribution
/// protocol. The runtime keeps the relations; whoever implements this only carries signals, in
/// order, and says when a node is gone (shard::node_down). All terms are bare and encoded.

#include <beamnode/etf/bytes.hpp>
#include <beamnode/etf/identifiers.hpp>
#include <beamnode/node/rpc.hpp>

#include <cstdint>
#include <vector>

namespace beamnode::runtime {

class remote {
 public:
  remote() = default;
  remote(const remote&) = delete;
  remote& operator=(const remote&) = delete;
  virtual ~remote() = default;

  /// The three sends return false when the peer takes data too slowly: the sender should wait
  /// until shard::unblock. The message is taken in any case. `priority` is only what the sender
  /// asks for; the receiver decides.
  virtual bool send(const etf::pid& from, const etf::pid& to, etf::bytes_view message,
                    bool priority) = 0;
  virtual bool send(const etf::pid& from, etf::atom name, etf::atom node, etf::bytes_view message,
                    bool priority) = 0;
  virtual bool send(const etf::pid& from, const etf::reference& alias, etf::bytes_view message,
                    bool priority) = 0;

  virtual void link(const etf::pid& from, const etf::pid& to) = 0;
  virtual void unlink(std::uint64_t id, const etf::pid& from, const etf::pid& to) = 0;
  virtual void unlink_ack(std::uint64_t id, const etf::pid& from, const etf::pid& to) = 0;
  /// The link between the two broke.
  virtual void exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) = 0;
  /// exit/2
  virtual void exit2(const etf::pid& from, const etf::pid& to, etf::bytes_view reason,
                     bool priority) = 0;
  virtual void exit2(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
                     bool priority) = 0;
  virtual void monitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) = 0;
  virtual void monitor(const etf::pid& from, etf::atom name, etf::atom node,
                       const etf::reference& ref) = 0;
  virtual void demonitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) = 0;
  virtual void demonitor(const etf::pid& from, etf::atom name, etf::atom node,
                         const etf::reference& ref) = 0;
  /// A process of ours that `watcher` monitors ended. `name`: '' unless monitored by name.
  virtual void monitor_exit(const etf::pid& watched, etf::atom name, const etf::pid& watcher,
                            const etf::reference& ref, etf::bytes_view reason) = 0;
  virtual void spawn_request(const etf::reference& id, const etf::pid& from,
                             const etf::pid& group_leader, etf::atom node, const mfa_call& call,
                             bool link, bool monitor) = 0;
  virtual void spawn_reply(const etf::reference& id, const etf::pid& to, bool linked,
                           bool monitored, const etf::pid& child) = 0;
  virtual void spawn_error(const etf::reference& id, const etf::pid& to, etf::atom reason) = 0;
  virtual void group_leader(const etf::pid& leader, const etf::pid& to) = 0;

  [[nodiscard]] virtual std::vector<etf::atom> visible_nodes() const = 0;
  /// Connects unless there is a connection; if that fails, shard::node_down is all that says so.
  virtual void reach(etf::atom node) = 0;
  /// Sends `{connected, Ref, true | Reason}` to `caller` when it is known.
  virtual void connect(etf::atom node, const etf::pid& caller, const etf::reference& ref) = 0;
  virtual bool disconnect(etf::atom node) = 0;
};

}  // namespace beamnode::runtime
