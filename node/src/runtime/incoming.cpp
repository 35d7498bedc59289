/// Signals that arrive from other nodes (and the last step of those between processes of this one).
/// erl_dist_protocol, "Control Messages": unknown targets are answered or dropped, never an error.

#include "runtime/reasons.hpp"
#include "runtime/shard.hpp"

namespace beamnode::runtime {

template <class T> void shard::deliver_value(process_state& p, const T& value) {
  enqueue(p, detail::encode_message(value), {});
}

void shard::deliver(etf::atom name, etf::bytes_view message, std::span<const etf::atom> refs,
                    etf::byte_buffer* owner) {
  if (process_state* const p = find(name); p != nullptr) enqueue(*p, message, refs, owner);
}

void shard::deliver(const etf::reference& alias, etf::bytes_view message,
                    std::span<const etf::atom> refs, etf::byte_buffer* owner, bool priority) {
  const auto found = aliases_.find(alias);
  if (found == aliases_.end() || found->second->exit_reason) return;
  process_state& p = *found->second;
  const alias_state how = p.ties().aliases.find(alias)->second;
  if (how.ends == alias_end::reply) remove_alias(p, alias);
  // With the reply the monitor of the same reference ends too.
  if (how.ends == alias_end::reply_demonitor) demonitor(p, alias);
  enqueue(p, message, refs, owner, priority && how.priority);
}

void shard::on_link(const etf::pid& from, const etf::pid& to) {
  if (process_state* const p = find(to); p != nullptr) {
    p->ties().links.try_emplace(from);
  } else {
    outside_.exit(to, from, noproc());
  }
}

void shard::on_unlink(std::uint64_t id, const etf::pid& from, const etf::pid& to) {
  // Acknowledged before any other signal to that process, also by the dead.
  outside_.unlink_ack(id, to, from);
  process_state* const p = find(to);
  if (p == nullptr) return;
  const auto entry = p->ties().links.find(from);
  if (entry != p->ties().links.end() && entry->second.active) p->ties().links.erase(entry);
}

void shard::on_unlink_ack(std::uint64_t id, const etf::pid& from, const etf::pid& to) {
  process_state* const p = find(to);
  if (p == nullptr) return;
  const auto entry = p->ties().links.find(from);
  if (entry != p->ties().links.end() && !entry->second.active && entry->second.unlink_id == id) {
    p->ties().links.erase(entry);
  }
}

void shard::on_exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) {
  process_state* const p = find(to);
  if (p == nullptr) return;
  const auto entry = p->ties().links.find(from);
  if (entry == p->ties().links.end()) return;
  const link_state broken = entry->second;
  p->ties().links.erase(entry);
  if (broken.active) exit_signal_to(*p, from, reason, true, broken.priority);
}

void shard::on_exit2(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) {
  if (process_state* const p = find(to); p != nullptr) exit_signal_to(*p, from, reason, false);
}

void shard::on_exit2(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
                     bool priority) {
  const auto found = aliases_.find(alias);
  if (found == aliases_.end() || found->second->exit_reason) return;
  process_state& p = *found->second;
  // An alias for one reply outlives it: it is no reply.
  exit_signal_to(p, from, reason, false, priority && p.ties().aliases.find(alias)->second.priority);
}

void shard::on_monitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) {
  if (process_state* const p = find(to); p != nullptr) {
    watch(*p, ref, {from, {}});
  } else {
    outside_.monitor_exit(to, {}, from, ref, noproc());
  }
}

void shard::on_monitor(const etf::pid& from, etf::atom name, const etf::reference& ref) {
  if (process_state* const p = find(name); p != nullptr) {
    watch(*p, ref, {from, name});
  } else {
    outside_.monitor_exit({}, name, from, ref, noproc());
  }
}

void shard::on_demonitor(const etf::reference& ref, const etf::pid& to) {
  if (process_state* const p = find(to); p != nullptr) p->ties().watched_by.erase(ref);
}

void shard::on_demonitor(const etf::reference& ref, etf::atom) { unwatch_named(ref); }

void shard::on_monitor_exit(const etf::pid& watcher_pid, const etf::reference& ref,
                            etf::bytes_view reason) {
  process_state* const p = find(watcher_pid);
  if (p == nullptr) return;
  const auto entry = p->ties().monitoring.find(ref);
  if (entry == p->ties().monitoring.end()) return;
  const monitor_state what = entry->second;
  p->ties().monitoring.erase(entry);
  end_alias_of_monitor(*p, ref);
  deliver_down(*p, ref, what, reason);
}

void shard::on_spawn_request(const spawn_order& order, message arguments) {
  process_state& child = create(order.group_leader);
  child.adopt_token(trace_token_);
  if (order.link) child.ties().links.try_emplace(order.from);
  if (order.monitor) watch(child, order.id, {order.from, {}});
  outside_.spawn_reply(order.id, order.from, order.link, order.monitor, pid_of(child));
  start(child, entry_point_(child, order.module, order.function, std::move(arguments)));
}

void shard::on_spawn_reply(const etf::reference& id, const etf::pid& to, bool linked,
                           bool monitored, const std::variant<etf::pid, etf::atom>& result) {
  const auto* const child = std::get_if<etf::pid>(&result);
  process_state* const p = find(to);
  const auto pending =
      p == nullptr ? decltype(relations::spawns)::iterator{} : p->ties().spawns.find(id);
  if (p == nullptr || pending == p->ties().spawns.end()) {
    const auto orphaned = orphans_.find(id);
    if (orphaned == orphans_.end()) return;
    if (child != nullptr && monitored) outside_.demonitor(to, *child, id);
    if (child != nullptr && linked) outside_.exit(to, *child, orphaned->second.reason);
    orphans_.erase(orphaned);
    return;
  }
  const spawn_reply_when reply = pending->second.reply;
  p->ties().spawns.erase(pending);
  if (child != nullptr) {
    if (linked) p->ties().links.try_emplace(*child);
    if (monitored) p->ties().monitoring.emplace(id, monitor_state{.target = *child});
  }
  if (!reports(reply, child != nullptr)) return;
  spawn_reply answer{.ref = id, .child = {}, .reason = {}};
  if (child != nullptr) {
    answer.child = *child;
  } else {
    answer.reason = term(std::get<etf::atom>(result));
  }
  deliver_value(*p, answer);
}

void shard::on_group_leader(const etf::pid& leader, const etf::pid& to) {
  if (process_state* const p = find(to); p != nullptr) p->group_leader_pid = leader;
}

void shard::node_down(etf::atom node) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    process_state* const p = slots_[i].process;
    if (p == nullptr || p->exit_reason) continue;
    relations* const ties = p->ties_or_null();
    if (ties == nullptr) continue;
    std::erase_if(ties->watched_by, [&](const auto& w) {
      if (w.second.pid.node != node) return false;
      if (w.second.by_name != etf::atom{}) named_watches_.erase(w.first);
      return true;
    });
    std::vector<std::pair<etf::pid, link_state>> broken;
    std::erase_if(ties->links, [&](const auto& entry) {
      if (entry.first.node != node) return false;
      if (entry.second.active) broken.push_back(entry);
      return true;
    });
    std::vector<etf::reference> fired;
    for (const auto& [ref, what] : ties->monitoring) {
      const auto* const pid = std::get_if<etf::pid>(&what.target);
      if ((pid != nullptr ? pid->node : std::get<registered>(what.target).node) == node) {
        fired.push_back(ref);
      }
    }
    std::vector<etf::reference> unanswered;
    std::erase_if(ties->spawns, [&](const auto& entry) {
      if (entry.second.node != node) return false;
      if (reports(entry.second.reply, false)) unanswered.push_back(entry.first);
      return true;
    });
    for (const etf::reference& ref : fired) on_monitor_exit(pid_of(*p), ref, noconnection());
    for (const etf::reference& ref : unanswered) {
      deliver_value(
          *p, spawn_reply{.ref = ref, .child = {}, .reason = term(etf::atom("noconnection"))});
    }
    for (const auto& [other, was] : broken) {
      exit_signal_to(*p, other, noconnection(), true, was.priority);
    }
    if (const auto watching = ties->node_monitors.extract(node)) {
      for (std::size_t n = watching.mapped(); n != 0; --n) deliver_value(*p, node_gone{node});
    }
  }
  std::erase_if(orphans_, [&](const auto& entry) { return entry.second.node == node; });
}

void shard::announce_up(etf::atom node, bool hidden) {
  connected_.insert_or_assign(node, hidden);
  for (process_state* const p : node_watchers_) deliver_value(*p, beamnode::node_up{node, hidden});
}

void shard::announce_down(etf::atom node, bool hidden, etf::bytes_view reason) {
  connected_.erase(node);
  etf::reader r(reason);
  const beamnode::node_down event{node, hidden, etf::codec<term>::decode(r)};
  for (process_state* const p : node_watchers_) deliver_value(*p, event);
}

}  // namespace beamnode::runtime
