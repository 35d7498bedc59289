/// Nodes that connect to us: from an accepted socket to a connection, or to a refusal.

#include "net/descriptors.hpp"
#include "net/network.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace beamnode::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using etf::atom;

asio::awaitable<void> network::accept_loop() {
  for (;;) {
    error_code failed;
    tcp::socket socket =
        co_await listener_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (!listener_.is_open()) co_return;
    if (failed) {
      // Out of descriptors, most likely: others may close some.
      asio::steady_timer pause(io_, std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    keep_from_children(socket);
    if (!newcomers_->empty() && newcomers_->size() >= options_.max_handshakes) {
      // A healthy handshake takes milliseconds: the oldest is the likeliest to be none.
      newcomers_->front()->close(failed);
      newcomers_->splice(newcomers_->end(), *newcomers_, newcomers_->begin());
    }
    asio::co_spawn(io_, take_in(std::move(socket)), asio::detached);
  }
}

handshake::decision network::decide(const handshake::claim& claim, newcomer& who) {
  using handshake::decision;
  // Its name is not proven yet, so it is looked up, not interned.
  const std::optional<atom> node = atom::find(claim.name);
  if (claim.name == name_.full()) return decision::nok;
  if (node && refuses(*node)) return decision::not_allowed;
  const auto found = node ? peers_.find(*node) : peers_.end();
  if (found == peers_.end()) {
    expect(claim, who);
    return decision::ok;
  }
  peer_entry& peer = found->second;
  if (peer.up) {
    if (peer.alive_asked) return decision::nok;  // another newcomer is being asked already
    who.asked_alive = peer.alive_asked = true;
    expect(claim, who);
    return decision::alive;
  }
  decision answer =
      handshake::decide_simultaneous(name_.full(), claim.name,
                                     !peer.dialing      ? handshake::outgoing_attempt::none
                                     : peer.handshaking ? handshake::outgoing_attempt::started
                                                        : handshake::outgoing_attempt::not_started);
  if (answer.kind == decision::nok) return answer;
  if (peer.dialing) {
    peer.expecting = true;
    peer.attempt = ++attempts_;  // ours is not wanted any more; who waits, waits for this one
  }
  expect(claim, who);
  return answer;
}

void network::expect(const handshake::claim& claim, newcomer& who) {
  if (claim.dynamic_name) return;
  who.expected = true;
  ++expected_[claim.name];
}

bool network::is_expected(const std::string& peer) const { return expected_.contains(peer); }

bool network::refuses(atom node) {
  const auto found = refused_until_.find(node);
  if (found == refused_until_.end()) return false;
  if (connection::clock::now() < found->second) return true;
  refused_until_.erase(found);
  return false;
}

void network::arrived(const std::string& claimed, const newcomer& who) {
  if (!who.expected) return;
  const auto found = expected_.find(claimed);
  if (--found->second == 0) expected_.erase(found);
}

void network::turned_away(const std::string& claimed, const newcomer& who) {
  const std::optional<atom> node = atom::find(claimed);
  const auto found = node ? peers_.find(*node) : peers_.end();
  if (found == peers_.end()) return;
  peer_entry& peer = found->second;
  if (who.asked_alive) peer.alive_asked = false;
  if (peer.expecting && !is_expected(claimed)) {
    peer.dialing = peer.expecting = false;
    dial_peer(*node);
  }
}

asio::awaitable<void> network::take_in(tcp::socket socket) {
  struct listed {
    std::shared_ptr<std::list<tcp::socket*>> all;
    std::list<tcp::socket*>::iterator at;
    ~listed() { all->erase(at); }
  } const pending{newcomers_, newcomers_->insert(newcomers_->end(), &socket)};
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  newcomer who;
  handshake::acceptor machine(
      local(), [this](std::string_view peer) { return cookie_for(peer); }, random_word(),
      {.name = (std::uint64_t{random_word()} << 32U) | random_word(), .creation = random_word()});
  const auto make_room = [this](const handshake::peer& peer) -> asio::awaitable<bool> {
    const std::optional<atom> node = atom::find(peer.name);
    if (const auto found = node ? peers_.find(*node) : peers_.end(); found != peers_.end()) {
      if (found->second.up) {
        found->second.up->close({"connection_closed", "it has come back with a new connection"});
      }
    }
    co_return true;
  };
  auto outcome = co_await handshake::accept(
      socket, machine, options_.setup_time,
      [this, &who](const handshake::claim& claim) { return decide(claim, who); }, make_room);
  arrived(machine.claim().name, who);
  if (!outcome) {
    turned_away(machine.claim().name, who);
    const handshake::errc code = outcome.error().code();
    const bool quiet = code == handshake::errc::nok || code == handshake::errc::alive_refused ||
                       outcome.error().peer().empty();
    if (!quiet) {
      shard().log("refused " + outcome.error().peer() + ": " + outcome.error().message());
    }
    co_return;
  }
  const etf::result<atom> node = atom::intern(outcome->peer.name);
  if (!node) co_return shard().log("refused a node: " + node.error().message());
  go_up(*node, std::move(socket), *outcome);
}

}  // namespace beamnode::net
