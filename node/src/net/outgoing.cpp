/// Signals on their way out. Where there is no connection yet, those that may make one start it and
/// wait; the others have nobody left to reach. What a peer did not agree to is said in its own
/// terms.

#include "net/carrier.hpp"

#include <beamnode/handshake/flags.hpp>

#include <array>

namespace beamnode::net {

namespace flag = handshake::flag;
using etf::atom;
using etf::bytes_view;
using etf::pid;
using etf::reference;

namespace {

template <class Control>
void transmit(conversation& to, const pid& sender, const Control& control, bytes_view payload) {
  to.send(sender, control, payload);
}
void transmit(conversation& to, const pid& sender, const dist::send_sender& control,
              bytes_view payload) {
  if (to.agreed(flag::send_sender)) {
    to.send(sender, control, payload);
  } else {
    to.send(sender, dist::send{.to = control.to, .token = control.token}, payload);
  }
}
/// ALIAS_SEND goes with OTP 30; ALTACT_SIG takes its place.
void transmit(conversation& to, const pid& sender, const dist::alias_send& control,
              bytes_view payload) {
  if (to.agreed(flag::altact_sig)) {
    using signal = dist::altact_sig_send;
    to.send(sender,
            signal{.flags = signal::to_alias,
                   .from = control.from,
                   .to = control.alias,
                   .token = control.token},
            payload);
  } else {
    to.send(sender, control, payload);
  }
}
void transmit(conversation& to, const pid& sender, const dist::payload_exit& control,
              bytes_view reason) {
  if (to.agreed(flag::exit_payload)) {
    to.send(sender, control, reason);
  } else {
    to.send(sender, dist::exit{.from = control.from, .to = control.to, .reason = reason});
  }
}
void transmit(conversation& to, const pid& sender, const dist::payload_exit2& control,
              bytes_view reason) {
  if (to.agreed(flag::exit_payload)) {
    to.send(sender, control, reason);
  } else {
    to.send(sender, dist::exit2{.from = control.from, .to = control.to, .reason = reason});
  }
}
/// What a peer without ALTACT_SIG understands of it: no priority, and no exit signals to aliases.
void transmit(conversation& to, const pid& sender, const dist::altact_sig_send& control,
              bytes_view payload) {
  using signal = dist::altact_sig_send;
  if (to.agreed(flag::altact_sig)) {
    to.send(sender, control, payload);
  } else if (const auto* const process = std::get_if<pid>(&control.to)) {
    if ((control.flags & signal::exit_signal) != 0) {
      transmit(to, sender, dist::payload_exit2{.from = control.from, .to = *process}, payload);
    } else {
      transmit(to, sender,
               dist::send_sender{.from = control.from, .to = *process, .token = control.token},
               payload);
    }
  } else if ((control.flags & signal::exit_signal) != 0) {
    return;
  } else if (const auto* const alias = std::get_if<reference>(&control.to)) {
    to.send(sender, dist::alias_send{.from = control.from, .alias = *alias, .token = control.token},
            payload);
  } else {
    to.send(sender,
            dist::reg_send{
                .from = control.from, .name = std::get<atom>(control.to), .token = control.token},
            payload);
  }
}
/// A message that asks for priority.
dist::altact_sig_send ahead(const pid& from, const std::variant<pid, reference, atom>& to,
                            bytes_view token) {
  using signal = dist::altact_sig_send;
  std::uint64_t flags = signal::priority;
  if (std::holds_alternative<reference>(to)) flags |= signal::to_alias;
  if (std::holds_alternative<atom>(to)) flags |= signal::to_name;
  return {.flags = flags, .from = from, .to = to, .token = token};
}
void transmit(conversation& to, const pid& sender, const dist::payload_monitor_p_exit& control,
              bytes_view reason) {
  if (to.agreed(flag::exit_payload)) {
    to.send(sender, control, reason);
  } else {
    to.send(sender, dist::monitor_p_exit{.watched = control.watched,
                                         .watcher = control.watcher,
                                         .ref = control.ref,
                                         .reason = reason});
  }
}
/// A peer without monitors watches the connection only; so do we with it.
void transmit(conversation& to, const pid& sender, const dist::monitor_p& control, bytes_view) {
  if (to.agreed(flag::dist_monitor) && to.agreed(flag::dist_monitor_name)) to.send(sender, control);
}
void transmit(conversation& to, const pid& sender, const dist::demonitor_p& control, bytes_view) {
  if (to.agreed(flag::dist_monitor) && to.agreed(flag::dist_monitor_name)) to.send(sender, control);
}

/// The option list of a spawn request: [], [link], [monitor] or [link, monitor].
bytes_view spawn_options_term(bool link, bool monitor) {
  static const std::array<byte_buffer, 4> encoded = [] {
    std::array<byte_buffer, 4> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::vector<atom> options;
      if ((i & 1U) != 0) options.emplace_back("link");
      if ((i & 2U) != 0) options.emplace_back("monitor");
      all.at(i) = detail::encode_bare(options);
    }
    return all;
  }();
  return encoded.at((link ? 1U : 0U) + (monitor ? 2U : 0U)).view();
}

}  // namespace

template <class Control>
bool carrier::deliver(atom node, const pid& sender, const Control& control, bytes_view payload) {
  const auto found = peers_.find(node);
  if (found != peers_.end() && found->second.up != nullptr) {
    transmit(*found->second.up, sender, control, payload);
    return !found->second.up->busy(sender);
  }
  wait_for(node, payload.size() + sizeof control,
           [sender, control, token = byte_buffer(shard_->trace_token()),
            kept = byte_buffer(payload)](conversation& up) {
             Control late = control;
             if constexpr (requires { late.token; }) late.token = token.view();
             transmit(up, sender, late, kept);
           });
  return true;
}

void carrier::wait_for(atom node, std::size_t size, std::function<void(conversation&)> emit) {
  peer_signals& peer = peers_[node];
  if (peer.waiting_bytes + size <= pending_limit_) {
    peer.waiting_bytes += size;
    peer.waiting.push_back(std::move(emit));
  } else if (!std::exchange(peer.overflowed, true)) {
    shard_->log("messages to " + std::string(node.text()) +
                " are dropped: more than pending_limit wait for the connection");
  }
  dial_peer(node);
}

void carrier::reach(atom node) {
  if (peers_[node].up == nullptr) dial_peer(node);
}

template <class Control>
void carrier::deliver_if_up(atom node, const pid& sender, const Control& control,
                            bytes_view payload) {
  const auto found = peers_.find(node);
  if (found == peers_.end()) return;
  peer_signals& peer = found->second;
  if (peer.up != nullptr) return transmit(*peer.up, sender, control, payload);
  // Behind signals that wait, so that the order of signals holds.
  if (!peer.waiting.empty()) deliver(node, sender, control, payload);
}

bool carrier::same_life(const pid& to) const {
  const auto found = peers_.find(to.node);
  if (found == peers_.end() || found->second.up == nullptr) return true;
  return found->second.up->peer_creation() == to.creation;
}

template <class Control>
bool carrier::deliver_message(atom node, const pid& sender, const Control& control,
                              bytes_view payload) {
  const bool ready = deliver(node, sender, control, payload);
  if (!ready) peers_[node].up->wait_until_writable(sender);
  return ready;
}

bool carrier::send(const pid& from, const pid& to, bytes_view message, bool priority) {
  const bytes_view token = shard_->trace_token();
  if (priority) return deliver_message(to.node, from, ahead(from, to, token), message);
  return deliver_message(to.node, from, dist::send_sender{.from = from, .to = to, .token = token},
                         message);
}
bool carrier::send(const pid& from, atom name, atom node, bytes_view message, bool priority) {
  const bytes_view token = shard_->trace_token();
  if (priority) return deliver_message(node, from, ahead(from, name, token), message);
  return deliver_message(node, from, dist::reg_send{.from = from, .name = name, .token = token},
                         message);
}
bool carrier::send(const pid& from, const reference& alias, bytes_view message, bool priority) {
  const bytes_view token = shard_->trace_token();
  if (priority) return deliver_message(alias.node, from, ahead(from, alias, token), message);
  return deliver_message(alias.node, from,
                         dist::alias_send{.from = from, .alias = alias, .token = token}, message);
}

void carrier::link(const pid& from, const pid& to) {
  deliver(to.node, from, dist::link{.from = from, .to = to}, {});
}
void carrier::unlink(std::uint64_t id, const pid& from, const pid& to) {
  if (!same_life(to)) return shard_->on_unlink_ack(id, to, from);
  deliver_if_up(to.node, from, dist::unlink_id{.id = id, .from = from, .to = to}, {});
}
void carrier::unlink_ack(std::uint64_t id, const pid& from, const pid& to) {
  deliver_if_up(to.node, from, dist::unlink_id_ack{.id = id, .from = from, .to = to}, {});
}
void carrier::exit(const pid& from, const pid& to, bytes_view reason) {
  if (same_life(to))
    deliver_if_up(to.node, from, dist::payload_exit{.from = from, .to = to}, reason);
}
void carrier::exit2(const pid& from, const pid& to, bytes_view reason, bool priority) {
  if (!priority) {
    deliver(to.node, from, dist::payload_exit2{.from = from, .to = to}, reason);
    return;
  }
  dist::altact_sig_send signal = ahead(from, to, {});
  signal.flags |= dist::altact_sig_send::exit_signal;
  deliver(to.node, from, signal, reason);
}
void carrier::exit2(const pid& from, const reference& alias, bytes_view reason, bool priority) {
  using signal = dist::altact_sig_send;
  const std::uint64_t flags = signal::exit_signal | signal::to_alias;
  deliver(alias.node, from,
          signal{.flags = priority ? flags | signal::priority : flags, .from = from, .to = alias},
          reason);
}
void carrier::monitor(const pid& from, const pid& to, const reference& ref) {
  deliver(to.node, from, dist::monitor_p{.from = from, .target = to, .ref = ref}, {});
}
void carrier::monitor(const pid& from, atom name, atom node, const reference& ref) {
  deliver(node, from, dist::monitor_p{.from = from, .target = name, .ref = ref}, {});
}
void carrier::demonitor(const pid& from, const pid& to, const reference& ref) {
  deliver_if_up(to.node, from, dist::demonitor_p{.from = from, .target = to, .ref = ref}, {});
}
void carrier::demonitor(const pid& from, atom name, atom node, const reference& ref) {
  deliver_if_up(node, from, dist::demonitor_p{.from = from, .target = name, .ref = ref}, {});
}
void carrier::monitor_exit(const pid& watched, atom name, const pid& watcher, const reference& ref,
                           bytes_view reason) {
  dist::payload_monitor_p_exit signal{.watched = watched, .watcher = watcher, .ref = ref};
  if (name != atom{}) signal.watched = name;
  if (same_life(watcher)) deliver_if_up(watcher.node, watched, signal, reason);
}
void carrier::spawn_request(const reference& id, const pid& from, const pid& group_leader,
                            atom node, const mfa_call& call, bool link, bool monitor) {
  const auto emit = [this, id, from, group_leader, link, monitor, module = call.module,
                     function = call.function, arity = call.arity, arguments = call.arguments,
                     token = byte_buffer(shard_->trace_token())](conversation& up) {
    if (!up.agreed(flag::spawn))
      return shard_->on_spawn_reply(id, from, false, false, atom("notsup"));
    up.send(from,
            dist::spawn_request{.req_id = id,
                                .from = from,
                                .group_leader = group_leader,
                                .module = module,
                                .function = function,
                                .arity = static_cast<std::uint32_t>(arity),
                                .options = spawn_options_term(link, monitor),
                                .token = token.view()},
            arguments);
  };
  const auto found = peers_.find(node);
  if (found != peers_.end() && found->second.up != nullptr) return emit(*found->second.up);
  wait_for(node, call.arguments.size(), emit);
}
void carrier::spawn_reply(const reference& id, const pid& to, bool linked, bool monitored,
                          const pid& child) {
  const std::uint64_t flags = (linked ? dist::spawn_reply::link_made : 0) |
                              (monitored ? dist::spawn_reply::monitor_made : 0);
  deliver_if_up(to.node, child,
                dist::spawn_reply{.req_id = id, .to = to, .flags = flags, .result = child}, {});
}
void carrier::spawn_error(const reference& id, const pid& to, atom reason) {
  deliver_if_up(to.node, pid{},
                dist::spawn_reply{.req_id = id, .to = to, .flags = 0, .result = reason}, {});
}
void carrier::group_leader(const pid& leader, const pid& to) {
  deliver(to.node, leader, dist::group_leader{.leader = leader, .to = to}, {});
}

}  // namespace beamnode::net
