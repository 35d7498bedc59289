#pragma once
/// What arrives in a mailbox besides what others send, as structs to receive; and names of
/// processes.

#include <beamnode/node/terms.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace beamnode {

/// {Name, Node}: a process by its registered name. An empty node means this one.
struct registered {
  atom name;
  atom node;

  explicit registered(atom name_, atom node_ = {}) : name(name_), node(node_) {}
  explicit registered(std::string_view name_, std::string_view node_ = {})
      : name(name_), node(node_) {}
  friend bool operator==(const registered&, const registered&) = default;
};

/// Where a message can go: a process, a name, or an alias.
using destination = std::variant<pid, registered, reference>;

/// {'DOWN', Ref, process, Object, Reason}: what monitor() asked for has happened.
struct down {
  reference ref;
  term object;  // the pid, or {Name, Node} where a name was monitored
  term reason;
};

/// {'EXIT', From, Reason}: an exit signal, received because trap_exit is on.
struct exit_signal {
  pid from;
  term reason;
};

/// {nodeup, Node, Info}: a node is connected. Sent to processes that called monitor_nodes(true).
struct node_up {
  atom node;
  bool hidden = false;
};

/// {nodedown, Node, Info}: a connection is gone, and why.
struct node_down {
  atom node;
  bool hidden = false;
  term reason;
};

/// {nodedown, Node}: a connection is gone, or could not be made. Sent to processes that called
/// monitor_node(Node, true).
struct node_gone {
  atom node;
};

/// {spawn_reply, Ref, ok, Pid} or {spawn_reply, Ref, error, Reason}: the answer to spawn_request().
struct spawn_reply {
  reference ref;
  std::optional<pid> child;
  term reason;  // why there is no child: noconnection, notsup, system_limit, badopt
};

/// Which nodes nodes(Type) of Erlang lists.
enum class node_kind : std::uint8_t {
  visible,    // connected, and not hidden
  hidden,     // connected, and hidden (or it sees us as hidden)
  connected,  // both
  this_node,  // this one
  known,      // this one and the connected ones
};

}  // namespace beamnode

namespace beamnode::etf {

template <> struct codec<registered> {
  static void encode(writer& w, const registered& v);
  static registered decode(reader& r);
};
template <> struct codec<down> {
  static void encode(writer& w, const down& v);
  static down decode(reader& r);
};
template <> struct codec<exit_signal> {
  static void encode(writer& w, const exit_signal& v);
  static exit_signal decode(reader& r);
};
template <> struct codec<node_up> {
  static void encode(writer& w, const node_up& v);
  static node_up decode(reader& r);
};
template <> struct codec<node_down> {
  static void encode(writer& w, const node_down& v);
  static node_down decode(reader& r);
};
template <> struct codec<node_gone> {
  static void encode(writer& w, const node_gone& v);
  static node_gone decode(reader& r);
};
template <> struct codec<spawn_reply> {
  static void encode(writer& w, const spawn_reply& v);
  static spawn_reply decode(reader& r);
};

}  // namespace beamnode::etf
