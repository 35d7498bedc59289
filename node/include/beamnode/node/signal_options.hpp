#pragma once
/// How signals are sent and received: the option lists of Erlang's functions as aggregates.
///
/// Priority (Erlang/OTP 28, Reference Manual: Processes, "Adding Priority Messages"): a process
/// opts in by a priority alias, a priority link or a priority monitor. What comes through one of
/// these stands in its mailbox before all ordinary messages, behind earlier priority messages. Both
/// sides must ask: a priority message to an alias without `priority`, to a pid or to a name is an
/// ordinary message, and so is an ordinary message to a priority alias. Peers before OTP 28 get
/// ordinary messages.

#include <cstdint>

namespace beamnode {

/// For send() and exit().
struct send_options {
  bool priority = false;  // counts where the target is a priority alias
};

/// For alias().
struct alias_options {
  bool reply = false;     // the first message through it ends it; otherwise only unalias() does
  bool priority = false;  // senders may ask for priority
};

/// For link().
struct link_options {
  bool priority = false;  // its exit signal goes before ordinary messages, if it is trapped
};

/// Whether the reference of a monitor is an alias too, and what ends that alias besides unalias().
enum class monitor_alias : std::uint8_t {
  none,
  explicit_unalias,  // nothing else
  demonitor,         // demonitor() and the 'DOWN' message
  reply_demonitor,   // these, and the first message through it, which also ends the monitor
};

/// For monitor().
struct monitor_options {
  monitor_alias alias = monitor_alias::none;
  bool priority = false;  // its 'DOWN' goes before ordinary messages; not that of noproc at once
};

/// For demonitor().
struct demonitor_options {
  bool flush = true;  // afterwards no 'DOWN' of this monitor is in the mailbox
};

/// Which outcomes of spawn_request() send a spawn_reply.
enum class spawn_reply_when : std::uint8_t { always, never, error_only, success_only };

/// For spawn_request().
struct spawn_request_options {
  bool link = false;
  bool monitor = false;  // with the reference that spawn_request() returns
  spawn_reply_when reply = spawn_reply_when::always;
};

}  // namespace beamnode
