#pragma once
/// What ties a process to others: links, monitors, aliases, spawns under way. Most processes have
/// none, so the record is made on first use.

#include <beamnode/etf/identifiers.hpp>
#include <beamnode/node/signal_options.hpp>
#include <beamnode/node/signals.hpp>

#include <cstdint>
#include <unordered_map>
#include <variant>

namespace beamnode::runtime {

/// erl_dist_protocol, "New Link Protocol": an unlinked entry stays, inactive, until the other side
/// has acknowledged, so that an exit signal that crosses the unlink is not delivered.
struct link_state {
  bool active = true;
  std::uint64_t unlink_id = 0;
  bool priority = false;  // its exit signal goes before ordinary messages
};

using monitor_target = std::variant<etf::pid, registered>;

/// A monitor that this process holds.
struct monitor_state {
  monitor_target target;
  bool priority = false;  // its 'DOWN' goes before ordinary messages
};

/// What deactivates an alias besides unalias.
enum class alias_end : std::uint8_t {
  explicit_unalias,  // nothing
  reply,             // the first message through it
  demonitor,         // the end of the monitor of the same reference
  reply_demonitor,   // both, and the first message ends the monitor
};

struct alias_state {
  alias_end ends = alias_end::explicit_unalias;
  bool priority = false;  // messages through it may go before ordinary ones
};

/// Somebody who monitors this process.
struct watcher {
  etf::pid pid;
  etf::atom by_name;  // '' unless the monitor named the process so
};

/// A spawn request that its node has not answered yet.
struct pending_spawn {
  etf::atom node;
  spawn_reply_when reply = spawn_reply_when::always;
};

/// Whether an outcome of a spawn request is to be reported.
[[nodiscard]] constexpr bool reports(spawn_reply_when when, bool success) noexcept {
  return when == spawn_reply_when::always ||
         when == (success ? spawn_reply_when::success_only : spawn_reply_when::error_only);
}

struct relations {
  std::unordered_map<etf::pid, link_state> links;
  std::unordered_map<etf::reference, monitor_state> monitoring;
  std::unordered_map<etf::reference, watcher> watched_by;
  std::unordered_map<etf::reference, alias_state> aliases;
  std::unordered_map<etf::reference, pending_spawn> spawns;
  /// Node -> how many messages its end is to bring.
  std::unordered_map<etf::atom, std::size_t> node_monitors;
  std::uint64_t last_unlink_id = 0;
};

}  // namespace beamnode::runtime
