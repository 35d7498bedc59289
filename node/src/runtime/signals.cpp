/// What processes of this node send: messages, links, monitors, exits. Targets of this node are
/// served here, others go out through `remote`.

#include "runtime/reasons.hpp"
#include "runtime/shard.hpp"

#include <algorithm>

namespace beamnode::runtime {

namespace {

/// Where signals are composed; apart from detail::scratch(), which may hold the reason.
etf::byte_buffer& empty_signal() {
  thread_local etf::byte_buffer buffer;
  buffer.clear();
  return buffer;
}

}  // namespace

void shard::suspend_sender(process_state& p) noexcept { p.busy = true; }

void shard::send_with_all(process_state& from, const etf::pid& to, etf::bytes_view message,
                          bool priority) {
  const traced with_token(*this, from);
  if (to.node == node_) return deliver(to, message);
  if (!outside_.send(pid_of(from), to, message, priority)) suspend_sender(from);
}

void shard::send(process_state& from, const registered& to, etf::bytes_view message,
                 bool priority) {
  const traced with_token(*this, from);
  if (to.node == etf::atom{} || to.node == node_) return deliver(to.name, message);
  if (!outside_.send(pid_of(from), to.name, to.node, message, priority)) suspend_sender(from);
}

void shard::send(process_state& from, const etf::reference& alias, etf::bytes_view message,
                 bool priority) {
  const traced with_token(*this, from);
  if (alias.node == node_) return deliver(alias, message, {}, nullptr, priority);
  if (!outside_.send(pid_of(from), alias, message, priority)) suspend_sender(from);
}

etf::reference shard::send_after(duration delay, const destination& to, etf::bytes_view message) {
  const etf::reference ref = make_reference();
  delayed_send& d = delayed_.add(last_reference_, to, message);
  d.home = this;
  d.fire = [](timer& t) {
    auto& due = static_cast<delayed_send&>(t);
    shard& home = *due.home;
    // Sent by nobody: a process that is gone may have asked for it.
    if (process_state* const sender = home.find(etf::atom("init")); sender != nullptr) {
      std::visit([&](const auto& one) { home.send(*sender, one, due.message()); }, due.to());
      sender->busy = false;
    }
    home.delayed_.remove(due);
  };
  timers_.arm(d, now_ + delay);
  return ref;
}

std::optional<duration> shard::cancel_timer(const etf::reference& timer) {
  if (!is_ours(timer)) return std::nullopt;
  delayed_send* const found = delayed_.find(number_of(timer));
  if (found == nullptr) return std::nullopt;
  const duration left = timers_.deadline_of(*found) - now_;
  timers_.cancel(*found);
  delayed_.remove(*found);
  return std::max(left, duration::zero());
}

void shard::exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason, bool priority) {
  if (to.node != node_) return outside_.exit2(from, to, reason, priority);
  on_exit2(from, to, reason);
}

void shard::exit(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
                 bool priority) {
  if (alias.node != node_) return outside_.exit2(from, alias, reason, priority);
  on_exit2(from, alias, reason, priority);
}

void shard::exit_signal_to(process_state& to, const etf::pid& from, etf::bytes_view reason,
                           bool by_link, bool priority) {
  etf::reader r(reason);
  if (!by_link && r.next_is(etf::atom("kill"))) return terminate(to, killed());
  if (to.trapping) {
    etf::byte_buffer& signal = empty_signal();
    etf::writer w{signal};
    w.write_tuple(3);
    w.write_atom(etf::atom("EXIT"));
    w.write_pid(from);
    w.write_encoded(reason);
    return enqueue(to, signal, {}, nullptr, priority);
  }
  if (r.next_is(etf::atom("normal")) && from != pid_of(to)) return;
  terminate(to, reason);
}

void shard::link(process_state& p, const etf::pid& other, link_options options) {
  if (other == pid_of(p)) return;
  const auto [entry, created] = p.ties().links.try_emplace(other);
  const bool existed = !created && entry->second.active;
  entry->second = {.priority = options.priority};
  if (existed) return;
  if (other.node != node_) return outside_.link(pid_of(p), other);
  if (process_state* const q = find(other); q != nullptr) {
    q->ties().links.try_emplace(pid_of(p));
  } else {
    p.ties().links.erase(other);
    exit_signal_to(p, other, noproc(), true, options.priority);
  }
}

void shard::unlink(process_state& p, const etf::pid& other) {
  relations& ties = p.ties();
  const auto entry = ties.links.find(other);
  if (entry == ties.links.end() || !entry->second.active) return;
  if (other.node != node_) {
    entry->second = {.active = false, .unlink_id = ++ties.last_unlink_id};
    return outside_.unlink(entry->second.unlink_id, pid_of(p), other);
  }
  ties.links.erase(entry);
  if (process_state* const q = find(other); q != nullptr) q->ties().links.erase(pid_of(p));
}

void shard::watch(process_state& watched, const etf::reference& ref, watcher w) {
  watched.ties().watched_by.insert_or_assign(ref, w);
  if (w.by_name != etf::atom{}) named_watches_.insert_or_assign(ref, pid_of(watched));
}

void shard::unwatch_named(const etf::reference& ref) {
  const auto entry = named_watches_.find(ref);
  if (entry == named_watches_.end()) return;
  if (process_state* const p = find(entry->second)) p->ties().watched_by.erase(ref);
  named_watches_.erase(entry);
}

etf::reference shard::monitor(process_state& p, const monitor_target& target,
                              monitor_options options) {
  const etf::reference ref = make_reference(p);
  switch (options.alias) {
    case monitor_alias::none: break;
    case monitor_alias::explicit_unalias: add_alias(p, ref, {}); break;
    case monitor_alias::demonitor: add_alias(p, ref, {.ends = alias_end::demonitor}); break;
    case monitor_alias::reply_demonitor:
      add_alias(p, ref, {.ends = alias_end::reply_demonitor});
      break;
  }
  monitor_with(p, target, ref, options.priority);
  return ref;
}

void shard::monitor_with(process_state& p, const monitor_target& target, const etf::reference& ref,
                         bool priority) {
  monitor_target place = target;
  if (auto* const named = std::get_if<registered>(&place);
      named != nullptr && named->node == etf::atom{}) {
    named->node = node_;
  }
  p.ties().monitoring.emplace(ref, monitor_state{.target = place, .priority = priority});
  if (const auto* const q = std::get_if<etf::pid>(&place)) {
    if (q->node != node_) return outside_.monitor(pid_of(p), *q, ref);
    if (process_state* const watched = find(*q)) return watch(*watched, ref, {pid_of(p), {}});
  } else {
    const auto& named = std::get<registered>(place);
    if (named.node != node_) return outside_.monitor(pid_of(p), named.name, named.node, ref);
    if (process_state* const watched = find(named.name)) {
      return watch(*watched, ref, {pid_of(p), named.name});
    }
  }
  p.ties().monitoring.erase(ref);
  end_alias_of_monitor(p, ref);
  // An ordinary message also for a priority monitor, as in Erlang.
  deliver_down(p, ref, {.target = place}, noproc());
}

bool shard::demonitor(process_state& p, const etf::reference& ref) {
  relations& ties = p.ties();
  end_alias_of_monitor(p, ref);
  const auto entry = ties.monitoring.find(ref);
  if (entry == ties.monitoring.end()) return false;
  const monitor_target target = entry->second.target;
  ties.monitoring.erase(entry);
  if (const auto* const q = std::get_if<etf::pid>(&target)) {
    if (q->node != node_) {
      outside_.demonitor(pid_of(p), *q, ref);
    } else if (process_state* const watched = find(*q)) {
      watched->ties().watched_by.erase(ref);
    }
    return true;
  }
  const auto& named = std::get<registered>(target);
  if (named.node != node_) {
    outside_.demonitor(pid_of(p), named.name, named.node, ref);
  } else {
    unwatch_named(ref);
  }
  return true;
}

void shard::deliver_down(process_state& p, const etf::reference& ref, const monitor_state& what,
                         etf::bytes_view reason) {
  etf::byte_buffer& signal = empty_signal();
  etf::writer w{signal};
  w.write_tuple(5);
  w.write_atom(etf::atom("DOWN"));
  w.write_reference(ref);
  w.write_atom(etf::atom("process"));
  std::visit([&]<class T>(const T& object) { etf::codec<T>::encode(w, object); }, what.target);
  w.write_encoded(reason);
  enqueue(p, signal, {}, nullptr, what.priority);
}

etf::reference shard::make_alias(process_state& p, alias_options options) {
  const etf::reference ref = make_reference(p);
  add_alias(p, ref,
            {.ends = options.reply ? alias_end::reply : alias_end::explicit_unalias,
             .priority = options.priority});
  return ref;
}

void shard::add_alias(process_state& p, const etf::reference& ref, alias_state how) {
  p.ties().aliases.insert_or_assign(ref, how);
  aliases_.insert_or_assign(ref, &p);
}

bool shard::remove_alias(process_state& p, const etf::reference& ref) {
  if (p.ties().aliases.erase(ref) == 0) return false;
  aliases_.erase(ref);
  return true;
}

void shard::end_alias_of_monitor(process_state& p, const etf::reference& ref) {
  const auto entry = p.ties().aliases.find(ref);
  if (entry == p.ties().aliases.end()) return;
  const alias_end ends = entry->second.ends;
  if (ends == alias_end::demonitor || ends == alias_end::reply_demonitor) remove_alias(p, ref);
}

etf::reference shard::spawn_request(process_state& p, etf::atom node, const mfa_call& call,
                                    spawn_request_options wishes) {
  const etf::reference ref = make_reference(p);
  const traced with_token(*this, p);
  if (node == node_) {
    spawn_here(p, ref, call, wishes);
    return ref;
  }
  p.ties().spawns.emplace(ref, pending_spawn{node, wishes.reply});
  outside_.spawn_request(ref, pid_of(p), p.group_leader_pid, node, call, wishes.link,
                         wishes.monitor);
  return ref;
}

void shard::spawn_here(process_state& p, const etf::reference& ref, const mfa_call& call,
                       spawn_request_options wishes) {
  process_state& child = create(p.group_leader_pid);
  child.adopt_token(trace_token_);
  const etf::pid pid = pid_of(child);
  if (wishes.link) link(p, pid);
  if (wishes.monitor) monitor_with(p, pid, ref);
  start(child, entry_point_(child, call.module, call.function, message::copy_of(call.arguments)));
  if (!reports(wishes.reply, true)) return;
  enqueue(p, detail::encode_message(spawn_reply{.ref = ref, .child = pid, .reason = {}}), {});
}

void shard::abandon_spawn(process_state& p, const etf::reference& ref) {
  const auto pending = p.ties().spawns.find(ref);
  if (pending == p.ties().spawns.end()) {
    demonitor(p, ref);
    return;
  }
  orphans_.try_emplace(ref, orphan{pending->second.node, normal()});
  p.ties().spawns.erase(pending);
}

void shard::watch_nodes(process_state& p, bool on) {
  p.watches_nodes = on;
  if (on) {
    node_watchers_.insert(&p);
  } else {
    node_watchers_.erase(&p);
  }
}

void shard::monitor_node(process_state& p, etf::atom node, bool on) {
  if (node == node_) return;
  auto& wanted = p.ties().node_monitors;
  if (on) {
    ++wanted[node];
    return outside_.reach(node);
  }
  const auto entry = wanted.find(node);
  if (entry != wanted.end() && --entry->second == 0) wanted.erase(entry);
}

std::vector<etf::atom> shard::nodes(node_kind kind) const {
  std::vector<etf::atom> names;
  const bool own = kind == node_kind::this_node || kind == node_kind::known;
  if (own) names.push_back(node_);
  if (kind == node_kind::this_node) return names;
  for (const auto& [node, hidden] : connected_) {
    if (kind == node_kind::visible && hidden) continue;
    if (kind == node_kind::hidden && !hidden) continue;
    names.push_back(node);
  }
  return names;
}

void shard::break_ties(process_state& p, etf::bytes_view reason) {
  const etf::pid self = pid_of(p);
  if (p.name != etf::atom{}) unregister_name(p.name);
  if (p.watches_nodes) watch_nodes(p, false);
  relations* const ties = p.ties_or_null();
  if (ties == nullptr) return;
  for (const auto& [other, state] : ties->links) {
    if (!state.active) continue;
    if (other.node != node_) {
      outside_.exit(self, other, reason);
    } else if (process_state* const q = find(other); q != nullptr) {
      on_exit(self, other, reason);
    }
  }
  for (const auto& [ref, w] : ties->watched_by) {
    if (w.by_name != etf::atom{}) named_watches_.erase(ref);
    if (w.pid.node != node_) {
      outside_.monitor_exit(self, w.by_name, w.pid, ref, reason);
    } else if (process_state* const q = find(w.pid); q != nullptr) {
      on_monitor_exit(w.pid, ref, reason);
    }
  }
  while (!ties->monitoring.empty()) {
    const etf::reference ref = ties->monitoring.begin()->first;
    demonitor(p, ref);
    ties->monitoring.erase(ref);
  }
  for (const auto& [ref, how] : ties->aliases) aliases_.erase(ref);
  for (const auto& [ref, spawn] : ties->spawns) {
    orphans_.try_emplace(ref, orphan{spawn.node, etf::byte_buffer(reason)});
  }
}

}  // namespace beamnode::runtime
