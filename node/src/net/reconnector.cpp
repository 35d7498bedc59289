#include "net/reconnector.hpp"

#include "net/dialer.hpp"

namespace beamnode::net {

using boost::system::error_code;
using etf::atom;

reconnector::reconnector(boost::asio::io_context& io, const std::vector<atom>& peers,
                         backoff pauses, connector connect, logger log)
    : connect_(std::move(connect)), log_(std::move(log)) {
  for (const atom node : peers) peers_.emplace(node, std::make_shared<kept>(io, pauses));
}

void reconnector::start() {
  for (const auto& [node, peer] : peers_) {
    if (!peer->up) attempt(node);
  }
}

void reconnector::on_up(atom node) {
  kept* const peer = find(node);
  if (peer == nullptr) return;
  peer->up = peer->wanted = true;
  peer->told = false;
  peer->pauses.reset();
  peer->timer.cancel();
}

void reconnector::on_down(atom node, bool on_purpose) {
  kept* const peer = find(node);
  if (peer == nullptr || !peer->up) return;
  peer->up = false;
  peer->wanted = !on_purpose;
  failed(node, {});
}

void reconnector::stop() {
  stopped_ = true;
  for (const auto& [node, peer] : peers_) peer->timer.cancel();
}

void reconnector::attempt(atom node) {
  connect_(node, [this, node](const failure* why) {
    if (why != nullptr) failed(node, *why);
  });
}

void reconnector::failed(atom node, const failure& why) {
  kept* const peer = find(node);
  if (peer == nullptr || peer->up || !peer->wanted || stopped_) return;
  if (!why.sentence.empty() && !std::exchange(peer->told, true)) {
    log_("no connection: " + why.sentence + "; attempts go on");
  }
  peer->timer.expires_after(peer->pauses.next(random_word()));
  peer->timer.async_wait([this, node, held = peers_[node]](const error_code& cancelled) {
    if (!cancelled && !stopped_ && held->wanted && !held->up) attempt(node);
  });
}

reconnector::kept* reconnector::find(atom node) {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : found->second.get();
}

}  // namespace beamnode::net
