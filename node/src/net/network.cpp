#include "net/network.hpp"

#include <beamnode/handshake/flags.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace beamnode::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using etf::atom;

network::network(asio::io_context& io, const node_options& options, etf::node_name name,
                 std::uint32_t creation, std::function<void()> kick)
    : io_(io),
      options_(options),
      name_(std::move(name)),
      node_(name_.full()),
      creation_(creation),
      kick_(std::move(kick)),
      listener_(io),
      tick_timer_(io) {}

network::~network() { close_all(); }

handshake::local_node network::local() const {
  handshake::flag_set flags = handshake::offered_now;
  if (!options_.hidden) flags |= handshake::flag::published;
  return {.name = name_.full(), .flags = flags, .creation = creation_};
}

std::string network::cookie_for(std::string_view peer) const {
  const auto own = cookies_.find(std::string(peer));
  return own == cookies_.end() ? options_.cookie : own->second;
}

void network::set_cookie(std::string peer, std::string cookie) {
  cookies_.insert_or_assign(std::move(peer), std::move(cookie));
}

epmd::options network::epmd_options() const {
  epmd::options how;
  if (options_.epmd_port != 0) how.port = options_.epmd_port;
  return how;
}

asio::awaitable<std::optional<failure>> network::start() {
  const auto failed_to = [&](const char* what, const error_code& why) {
    return failure{node_errc::other, std::string("cannot ") + what + ": " + why.message()};
  };
  error_code failed;
  tcp::endpoint at(tcp::v4(), options_.listen_port);
  if (!options_.listen_address.empty()) {
    at = tcp::endpoint(asio::ip::make_address(options_.listen_address, failed),
                       options_.listen_port);
    if (failed) co_return failed_to("listen: listen_address is not an IP address", failed);
  }
  listener_.open(at.protocol(), failed);
  if (!failed) listener_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) listener_.bind(at, failed);
  if (!failed) listener_.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) co_return failed_to("listen", failed);
  port_ = listener_.local_endpoint().port();

  auto registered = co_await epmd::registration::create(
      io_.get_executor(), std::string(name_.name()), port_, !options_.hidden, epmd_options());
  if (!registered) {
    listener_.close(failed);
    failure why = failure_from(registered.error(), name_.full());
    if (why.code == node_errc::name_taken) {
      why.sentence = "the name " + name_.full() + " is taken: epmd of this host has a node " +
                     std::string(name_.name()) + " already";
    }
    co_return why;
  }
  registration_ = std::move(*registered);
  asio::co_spawn(io_, accept_loop(), asio::detached);
  co_return std::nullopt;
}

// -- connecting ---------------------------------------------------------------------------------

void network::connect(atom node, completion done) {
  peer_entry& peer = peers_[node];
  if (peer.up) return done(nullptr);
  peer.callers.push_back(std::move(done));
  dial_peer(node);
}

void network::connect(atom node, const etf::pid& caller, const etf::reference& ref) {
  connect(node, [this, caller, ref](const failure* why) {
    const term outcome = why == nullptr ? term(atom("true")) : term::from(why->sentence);
    shard_->deliver(caller, detail::encode_bare(tuple(atom("connected"), ref, outcome)));
    kick_();
  });
}

void network::dial_peer(atom node) {
  peer_entry& peer = peers_[node];
  if (peer.up || peer.dialing || closing_) return;
  peer.dialing = true;
  peer.handshaking = false;
  asio::co_spawn(io_, run_dial(node, ++peer.attempt), asio::detached);
}

asio::awaitable<void> network::run_dial(atom node, std::uint64_t attempt) {
  // True while nothing newer has taken this attempt's place.
  const auto current = [this, node, attempt]() -> peer_entry* {
    const auto found = peers_.find(node);
    if (found == peers_.end() || !found->second.dialing || found->second.attempt != attempt) {
      return nullptr;
    }
    return &found->second;
  };
  const auto give_up = [&](const failure& why) {
    if (current() != nullptr) attempt_failed(node, why);
  };
  const std::string text(node.text());
  const auto name = etf::node_name::parse(text);
  if (!name) {
    co_return give_up(
        {node_errc::malformed_name, "'" + text + "' is no node name: " + name.error().message()});
  }
  if (name->is_long() != name_.is_long()) {
    co_return give_up(
        {node_errc::malformed_name,
         "node " + text + ": long and short names do not mix, and this node is " + name_.full()});
  }
  dial_order order{.peer = *name,
                   .local = local(),
                   .cookie = cookie_for(text),
                   .epmd = epmd_options(),
                   .setup_time = options_.setup_time,
                   .still_wanted = [current] { return current() != nullptr; },
                   .on_handshake =
                       [current] {
                         if (peer_entry* const peer = current()) peer->handshaking = true;
                       }};
  dial_result made = co_await dial(std::move(order));
  if (!made && made.error().peer_connects) {
    // The peer's own attempt wins and is on its way in.
    const auto patience = connection::clock::now() + options_.setup_time;
    while (current() != nullptr && connection::clock::now() < patience) {
      asio::steady_timer moment(io_, std::chrono::milliseconds(20));
      co_await moment.async_wait(asio::use_awaitable);
    }
  }
  if (current() == nullptr) co_return;
  if (!made) co_return give_up(made.error());
  dialed& ready = **made;
  go_up(node, std::move(ready.socket), ready.handshake);
}

void network::attempt_failed(atom node, const failure& why) {
  const auto found = peers_.find(node);
  std::vector<completion> callers = std::move(found->second.callers);
  peers_.erase(found);
  shard_->node_down(node);
  if (callers.empty()) shard_->log("no connection: " + why.sentence);
  for (const completion& done : callers) done(&why);
  kick_();
}

void network::go_up(atom node, tcp::socket socket, const handshake::outcome& proven) {
  peer_entry& peer = peers_[node];
  if (peer.up) {
    // An older connection that both sides have agreed to replace.
    peer.up->close({"connection_closed", "replaced by a newer connection"});
  }
  peer_entry& entry = peers_[node];
  entry.dialing = false;
  entry.alive_asked = false;
  entry.up = std::make_shared<connection>(std::move(socket), node, proven.peer,
                                          dist::channel_options{.flags = proven.peer.flags,
                                                                .max_frame = options_.max_message,
                                                                .tick_time = options_.tick_time},
                                          options_.busy_limit, *this);
  const std::shared_ptr<connection> up = entry.up;
  const auto waiting = std::exchange(entry.waiting, {});
  entry.waiting_bytes = 0;
  entry.overflowed = false;
  const auto callers = std::exchange(entry.callers, {});
  shard_->announce_up(node, up->hidden());
  for (const auto& emit : waiting) emit(*up);
  for (const completion& done : callers) done(nullptr);
  arm_ticks();
  up->start(proven.leftover);
  kick_();
}

bool network::disconnect(atom node) {
  const auto found = peers_.find(node);
  if (found == peers_.end() || !found->second.up) return false;
  flush();
  found->second.up->close({"disconnect", ""});
  return true;
}

std::vector<atom> network::visible_nodes() const {
  std::vector<atom> nodes;
  for (const auto& [node, peer] : peers_) {
    if (peer.up && !peer.up->hidden()) nodes.push_back(node);
  }
  return nodes;
}

void network::flush() {
  while (!dirty_.empty()) {
    for (const auto& each : std::exchange(dirty_, {})) each->flush();
  }
}

void network::close_all() {
  closing_ = true;
  flush();
  std::vector<std::shared_ptr<connection>> open;
  for (const auto& [node, peer] : peers_) {
    if (peer.up) open.push_back(peer.up);
  }
  for (const auto& each : open) each->close({"disconnect", ""});
  peers_.clear();
}

void network::arm_ticks() {
  if (ticking_) return;
  ticking_ = true;
  // A quarter of the tick period: no tick is late by more than that.
  tick_timer_.expires_after(std::clamp<std::chrono::milliseconds>(
      options_.tick_time / 16, std::chrono::milliseconds(20), std::chrono::milliseconds(1000)));
  tick_timer_.async_wait([this](const error_code& failed) {
    if (failed) return;
    ticking_ = false;
    std::vector<std::shared_ptr<connection>> up;
    for (const auto& [node, peer] : peers_) {
      if (peer.up) up.push_back(peer.up);
    }
    const auto now = connection::clock::now();
    for (const auto& each : up) each->tick(now);
    if (!up.empty()) arm_ticks();
  });
}

// -- being connected to ---------------------------------------------------------------------------

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
  const auto found = node ? peers_.find(*node) : peers_.end();
  if (found == peers_.end()) return decision::ok;
  peer_entry& peer = found->second;
  if (peer.up) {
    if (peer.alive_asked) return decision::nok;  // another newcomer is being asked already
    who.asked_alive = peer.alive_asked = true;
    return decision::alive;
  }
  decision answer =
      handshake::decide_simultaneous(name_.full(), claim.name,
                                     !peer.dialing      ? handshake::outgoing_attempt::none
                                     : peer.handshaking ? handshake::outgoing_attempt::started
                                                        : handshake::outgoing_attempt::not_started);
  if (answer.kind == decision::ok_simultaneous) {
    who.replaced_ours = true;
    who.attempt = ++peer.attempt;  // ours is not wanted any more; who waits, waits for this one
  }
  return answer;
}

void network::turned_away(const std::string& claimed, const newcomer& who) {
  const std::optional<atom> node = atom::find(claimed);
  const auto found = node ? peers_.find(*node) : peers_.end();
  if (found == peers_.end()) return;
  peer_entry& peer = found->second;
  if (who.asked_alive) peer.alive_asked = false;
  if (who.replaced_ours && peer.dialing && peer.attempt == who.attempt) {
    peer.dialing = false;
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
  if (!outcome) {
    turned_away(machine.claim().name, who);
    const handshake::errc code = outcome.error().code();
    const bool quiet = code == handshake::errc::nok || code == handshake::errc::alive_refused ||
                       outcome.error().peer().empty();
    if (!quiet) {
      shard_->log("refused " + outcome.error().peer() + ": " + outcome.error().message());
    }
    co_return;
  }
  const etf::result<atom> node = atom::intern(outcome->peer.name);
  if (!node) co_return shard_->log("refused a node: " + node.error().message());
  go_up(*node, std::move(socket), *outcome);
}

}  // namespace beamnode::net
