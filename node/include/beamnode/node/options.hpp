#pragma once
/// What a node is told when it is made.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode {

/// Where a node gets an epmd to register with. One that answers on this host is always used,
/// whoever runs it; the rest is about a host where none does.
enum class epmd_use : std::uint8_t {
  start_or_embed,  // start `epmd -daemon` if it is on the PATH, else be the epmd of this host
  embed,           // be the epmd of this host
  external,        // there must be one: start() fails with epmd_unreachable
  none,            // not registered at all; peers find this node by other means
};

/// Where a node listens.
struct node_address {
  /// A name or an address.
  std::string host;
  std::uint16_t port = 0;
};

struct node_options {
  /// `name@host`. A host with a dot or an IPv6 address makes a long name (iex --name), another a
  /// short one (--sname). `@host` gets a random name of its own, for a node that nobody needs to
  /// find: unlike the dynamic name of a BEAM (erl -sname undefined) it outlives its connections.
  std::string name;
  /// Empty: read from ~/.erlang.cookie, which must be readable by its owner alone.
  std::string cookie = {};
  /// A hidden node is not in others' Node.list() and takes no part in global.
  bool hidden = false;
  /// False: nobody can connect to this node, and no epmd knows it; it connects to others, and is
  /// hidden (erl -dist_listen false).
  bool listen = true;
  /// Addresses to accept connections on: "" for all interfaces, IPv4 and IPv6, else one literal
  /// address.
  std::string listen_address = {};
  /// 0: any free port.
  std::uint16_t listen_port = 0;
  /// Not 0: a cluster without epmd. Every node listens on this port of its own host, so none
  /// registers and none is looked up (erl -start_epmd false -erl_epmd_port PORT).
  std::uint16_t cluster_port = 0;
  /// Asked on the node's thread, which it must not hold up, before each connection attempt: where
  /// the node of that name listens. Nothing: look it up as usual, by cluster_port or epmd.
  std::function<std::optional<node_address>(std::string_view node)> resolve = {};
  epmd_use epmd = epmd_use::start_or_embed;
  /// 0: ERL_EPMD_PORT, else 4369.
  std::uint16_t epmd_port = 0;
  /// Nodes to be connected with at all times, from start() on: attempts go on, at growing intervals
  /// between reconnect_first and reconnect_longest (each shortened at random by up to half), until
  /// the connection is up; and again when it is lost. A process::disconnect() ends that until the
  /// next connection.
  std::vector<std::string> keep_connected = {};
  std::chrono::milliseconds reconnect_first = std::chrono::milliseconds(500);
  std::chrono::milliseconds reconnect_longest = std::chrono::seconds(30);
  /// A peer that process::disconnect() took leave of is refused (not_allowed) this long, unless we
  /// connect to it. 0, as on a BEAM: it may come back at once, and its next message makes it.
  std::chrono::milliseconds refuse_disconnected = std::chrono::milliseconds(0);
  /// A peer that is silent this long is down. Must be of the same order on all nodes.
  std::chrono::milliseconds tick_time = std::chrono::seconds(60);
  /// A connection attempt or an accepted handshake that makes no progress this long is given up.
  std::chrono::milliseconds setup_time = std::chrono::seconds(7);
  /// Largest message accepted from a peer, in bytes.
  std::size_t max_message = std::size_t{512} * 1024 * 1024;
  /// Processes that send to a peer are suspended at their next co_await while more than this many
  /// bytes wait to be written to it.
  std::size_t busy_limit = std::size_t{1024} * 1024;
  /// Bytes of messages kept for a peer while the connection to it is being made; more are dropped.
  std::size_t pending_limit = std::size_t{64} * 1024 * 1024;
  /// Accepted connections that have not proven the cookie yet; one more, and the oldest is closed.
  std::size_t max_handshakes = 256;
  /// run() ends on SIGINT and SIGTERM.
  bool stop_on_signals = true;
  /// Gets one sentence per refused or lost connection and ended process. Default: standard error.
  std::function<void(std::string_view)> log = {};
};

}  // namespace beamnode
