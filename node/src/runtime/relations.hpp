#pragma once
/// What ties a process to others: links, monitors, aliases, spawns under way. Most processes have
/// none, so the record is made on first use.

#include <beamnode/etf/identifiers.hpp>
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
};

using monitor_target = std::variant<etf::pid, registered>;

/// Somebody who monitors this process.
struct watcher {
  etf::pid pid;
  etf::atom by_name;  // '' unless the monitor named the process so
};

/// A spawn request that its node has not answered yet.
struct pending_spawn {
  etf::atom node;
  bool report_success = true;  // a failure is always reported
};

struct relations {
  std::unordered_map<etf::pid, link_state> links;
  std::unordered_map<etf::reference, monitor_target> monitoring;
  std::unordered_map<etf::reference, watcher> watched_by;
  /// Alias -> whether the first reply (or the monitor's end) deactivates it.
  std::unordered_map<etf::reference, bool> aliases;
  std::unordered_map<etf::reference, pending_spawn> spawns;
  std::uint64_t last_unlink_id = 0;
};

}  // namespace beamnode::runtime
