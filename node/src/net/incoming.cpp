/// Signals from other nodes, into the runtime.

#include "net/carrier.hpp"

#include "runtime/spawn_options.hpp"

namespace beamnode::net {

using etf::atom;
using etf::pid;
using etf::reference;

namespace {

/// A term that is kept or handed on without its message, and so without numbers for atoms.
class plain_term {
 public:
  plain_term(etf::bytes_view term, std::span<const atom> refs) : bytes_(term) {
    if (refs.empty()) return;
    etf::writer(spelled_out_).write_encoded(term, refs);
    bytes_ = spelled_out_;
  }
  operator etf::bytes_view() const noexcept { return bytes_; }

 private:
  etf::byte_buffer spelled_out_;
  etf::bytes_view bytes_;
};

template <class... Fs> struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs> overloaded(Fs...) -> overloaded<Fs...>;

}  // namespace

void carrier::on_message(conversation& peer, const dist::channel::event& event) {
  const etf::bytes_view payload = event.payload;
  const std::span<const atom> refs = event.atom_refs;
  // A relation may only be made by processes of the peer itself.
  const auto foreign = [&](const pid& who) {
    if (who.node == peer.peer()) return false;
    peer.close({"connection_closed", "it sent a signal in the name of a process of another node, " +
                                         std::string(who.node.text())});
    return true;
  };
  const auto deliver = [&](const auto& to, etf::bytes_view token) {
    const runtime::shard::traced with_token(*shard_, token, refs);
    shard_->deliver(to, payload, refs, event.owner);
  };
  std::visit(
      overloaded{
          [&](const dist::send& m) { deliver(m.to, m.token); },
          [&](const dist::send_sender& m) { deliver(m.to, m.token); },
          [&](const dist::reg_send& m) { deliver(m.name, m.token); },
          [&](const dist::alias_send& m) { deliver(m.alias, m.token); },
          [&](const dist::link& m) {
            if (!foreign(m.from)) shard_->on_link(m.from, m.to);
          },
          [&](const dist::unlink&) {
            peer.close({"connection_closed", "it sent UNLINK although UNLINK_ID is agreed"});
          },
          [&](const dist::unlink_id& m) {
            if (!foreign(m.from)) shard_->on_unlink(m.id, m.from, m.to);
          },
          [&](const dist::unlink_id_ack& m) { shard_->on_unlink_ack(m.id, m.from, m.to); },
          [&](const dist::exit& m) { shard_->on_exit(m.from, m.to, plain_term(m.reason, refs)); },
          [&](const dist::payload_exit& m) {
            shard_->on_exit(m.from, m.to, plain_term(payload, refs));
          },
          [&](const dist::exit2& m) { shard_->on_exit2(m.from, m.to, plain_term(m.reason, refs)); },
          [&](const dist::payload_exit2& m) {
            shard_->on_exit2(m.from, m.to, plain_term(payload, refs));
          },
          [&](const dist::monitor_p& m) {
            if (foreign(m.from)) return;
            std::visit([&](const auto& target) { shard_->on_monitor(m.from, target, m.ref); },
                       m.target);
          },
          [&](const dist::demonitor_p& m) {
            std::visit([&](const auto& target) { shard_->on_demonitor(m.ref, target); }, m.target);
          },
          [&](const dist::monitor_p_exit& m) {
            shard_->on_monitor_exit(m.watcher, m.ref, plain_term(m.reason, refs));
          },
          [&](const dist::payload_monitor_p_exit& m) {
            shard_->on_monitor_exit(m.watcher, m.ref, plain_term(payload, refs));
          },
          [&](const dist::spawn_request& m) {
            if (foreign(m.from)) return;
            const auto options = runtime::read_spawn_options(m.options, refs);
            if (!options) return spawn_error(m.req_id, m.from, atom("badopt"));
            const runtime::shard::traced with_token(*shard_, m.token, refs);
            shard_->on_spawn_request({.id = m.req_id,
                                      .from = m.from,
                                      .group_leader = m.group_leader,
                                      .module = m.module,
                                      .function = m.function,
                                      .link = options->link,
                                      .monitor = options->monitor},
                                     message::copy_of(payload, refs));
          },
          [&](const dist::spawn_reply& m) {
            shard_->on_spawn_reply(m.req_id, m.to, (m.flags & dist::spawn_reply::link_made) != 0,
                                   (m.flags & dist::spawn_reply::monitor_made) != 0, m.result);
          },
          [&](const dist::group_leader& m) { shard_->on_group_leader(m.leader, m.to); },
          [&](const dist::altact_sig_send& m) {
            using sig = dist::altact_sig_send;
            const bool priority = (m.flags & sig::priority) != 0;
            const auto* const to = std::get_if<pid>(&m.to);
            const auto* const alias = std::get_if<reference>(&m.to);
            const runtime::shard::traced with_token(*shard_, m.token, refs);
            if ((m.flags & sig::exit_signal) != 0) {
              if (to != nullptr) shard_->on_exit2(m.from, *to, plain_term(payload, refs));
              if (alias != nullptr) {
                shard_->on_exit2(m.from, *alias, plain_term(payload, refs), priority);
              }
            } else if (alias != nullptr) {
              shard_->deliver(*alias, payload, refs, event.owner, priority);
            } else if (to != nullptr) {
              shard_->deliver(*to, payload, refs, event.owner);
            } else {
              shard_->deliver(std::get<atom>(m.to), payload, refs, event.owner);
            }
          },
          [&](const dist::unknown& m) {
            if (!peer.is_news(m.op)) return;
            shard_->log("node " + std::string(peer.peer().text()) +
                        " sent an operation that is not known here and was passed over: " +
                        std::to_string(m.op));
          },
      },
      event.control);
}

void carrier::on_unsendable(conversation& to, std::size_t bytes) {
  shard_->log("a message to " + std::string(to.peer().text()) +
              " was dropped: " + std::to_string(bytes) + " bytes are more than a frame can hold");
}

void carrier::on_writable(const pid& sender) {
  shard_->unblock(sender);
  kick();
}

std::vector<atom> carrier::visible_nodes() const {
  std::vector<atom> nodes;
  for (const auto& [node, peer] : peers_) {
    if (peer.up != nullptr && !peer.up->hidden()) nodes.push_back(node);
  }
  return nodes;
}

std::vector<connection_info> carrier::connections() const {
  std::vector<connection_info> all;
  for (const auto& [node, peer] : peers_) {
    if (peer.up != nullptr) all.push_back(peer.up->info());
  }
  return all;
}

void carrier::connected(conversation& up) {
  peer_signals& peer = peers_[up.peer()];
  peer.up = &up;
  const auto waiting = std::exchange(peer.waiting, {});
  peer.waiting_bytes = 0;
  peer.overflowed = false;
  shard_->announce_up(up.peer(), up.hidden());
  for (const auto& emit : waiting) emit(up);
}

void carrier::not_connected(atom node) {
  peers_.erase(node);
  shard_->node_down(node);
}

void carrier::on_closed(conversation& gone, const closing& why) {
  const atom node = gone.peer();
  const auto found = peers_.find(node);
  if (found == peers_.end() || found->second.up != &gone) return;
  peers_.erase(found);
  if (why.sentence != "") {
    shard_->log("connection with " + std::string(node.text()) + " ended: " + why.sentence);
  }
  shard_->node_down(node);
  shard_->announce_down(node, gone.hidden(), detail::encode_bare(atom(why.reason)));
  kick();
}

}  // namespace beamnode::net
