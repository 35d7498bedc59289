#include "net/network.hpp"

#include "net/descriptors.hpp"

#include <beamnode/etf/spare_buffers.hpp>
#include <beamnode/handshake/flags.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace beamnode::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using etf::atom;

namespace {

std::vector<atom> atoms_of(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

network::network(asio::io_context& io, const node_options& options, etf::node_name name,
                 std::uint32_t creation, std::function<void()> kick)
    : carrier(options.pending_limit),
      io_(io),
      options_(options),
      name_(std::move(name)),
      node_(name_.full()),
      creation_(creation),
      kick_(std::move(kick)),
      listener_(io),
      tick_timer_(io),
      kept_(
          io, atoms_of(options.keep_connected),
          backoff(options.reconnect_first, options.reconnect_longest),
          [this](atom peer, completion done) { connect(peer, std::move(done)); },
          [this](const std::string& sentence) { shard().log(sentence); }) {}

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

// -- starting -------------------------------------------------------------------------------------

bool network::uses_epmd() const noexcept {
  return options_.listen && options_.cluster_port == 0 && options_.epmd != epmd_use::none;
}

epmd::options network::epmd_options() const {
  epmd::options how;
  if (options_.epmd_port != 0) how.port = options_.epmd_port;
  how.start_daemon = options_.epmd == epmd_use::start_or_embed;
  return how;
}

void network::embed_epmd(std::uint16_t port) {
  embedded_epmd_.reset();
  std::string why;
  embedded_epmd_ = embedded_epmd::start(io_, port, options_.listen_address, why);
  if (embedded_epmd_) {
    shard().log("this node is now the epmd of its host, on port " + std::to_string(port));
  } else {
    shard().log("cannot be the epmd of this host on port " + std::to_string(port) + ": " + why);
  }
}

error_code network::open_listener() {
  const std::uint16_t port =
      options_.listen_port != 0 ? options_.listen_port : options_.cluster_port;
  error_code failed;
  const auto listen_at = [&](const asio::ip::address& address) {
    const tcp::endpoint at(address, port);
    listener_.close(failed);
    listener_.open(at.protocol(), failed);
    if (failed) return;
    keep_from_children(listener_);
    listener_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && address.is_v6()) listener_.set_option(asio::ip::v6_only(false), failed);
    if (!failed) listener_.bind(at, failed);
    if (!failed) listener_.listen(asio::socket_base::max_listen_connections, failed);
  };
  if (options_.listen_address.empty()) {
    // One socket for both; a host without IPv6 has the other.
    listen_at(asio::ip::address_v6::any());
    if (failed) listen_at(asio::ip::address_v4::any());
  } else {
    const auto address = asio::ip::make_address(options_.listen_address, failed);
    if (!failed) listen_at(address);
  }
  if (!failed) port_ = listener_.local_endpoint().port();
  return failed;
}

asio::awaitable<std::optional<failure>> network::start() {
  error_code failed;
  if (options_.listen) failed = open_listener();
  if (failed) {
    const std::string& where = options_.listen_address;
    co_return failure{node_errc::other, "cannot listen" + (where.empty() ? "" : " on " + where) +
                                            ": " + failed.message()};
  }
  if (uses_epmd()) {
    epmd::options how = epmd_options();
    if (options_.epmd == epmd_use::start_or_embed || options_.epmd == epmd_use::embed) {
      how.stand_in = [this, port = how.port] { embed_epmd(port); };
    }
    auto registered = co_await epmd::registration::create(
        io_.get_executor(), std::string(name_.name()), port_, !options_.hidden, how);
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
  }
  if (options_.listen) asio::co_spawn(io_, accept_loop(), asio::detached);
  kept_.start();
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
    shard().deliver(caller, detail::encode_bare(tuple(atom("connected"), ref, outcome)));
    kick_();
  });
}

void network::dial_peer(atom node) {
  peer_entry& peer = peers_[node];
  if (peer.up || peer.dialing || closing_) return;
  refused_until_.erase(node);
  peer.dialing = true;
  peer.handshaking = false;
  peer.expecting = is_expected(std::string(node.text()));
  if (peer.expecting) return;
  asio::co_spawn(io_, run_dial(node, peer.attempt = ++attempts_), asio::detached);
}

etf::basic_result<std::optional<node_address>, failure> network::place_of(
    const etf::node_name& peer) const {
  std::optional<node_address> place;
  try {
    if (options_.resolve) place = options_.resolve(peer.full());
  } catch (const std::exception& e) {
    return failure{node_errc::unknown_node,
                   "node " + peer.full() + ": the resolver failed: " + e.what()};
  }
  if (!place && options_.cluster_port != 0) {
    place = node_address{.host = std::string(peer.host()), .port = options_.cluster_port};
  }
  return place;
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
  auto place = place_of(*name);
  if (!place) co_return give_up(place.error());
  dial_order order{.peer = *name,
                   .at = std::move(*place),
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
  not_connected(node);
  if (callers.empty()) shard().log("no connection: " + why.sentence);
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
  entry.dialing = entry.expecting = false;
  entry.alive_asked = false;
  entry.up = std::make_shared<connection>(
      std::move(socket), node, proven.peer,
      dist::channel_options{.flags = proven.peer.flags,
                            .max_frame = options_.max_message,
                            .tick_time = options_.tick_time},
      options_.busy_limit, *this,
      [this](std::shared_ptr<connection> writer) { dirty_.push_back(std::move(writer)); },
      read_buffer_);
  const std::shared_ptr<connection> up = entry.up;
  const auto callers = std::exchange(entry.callers, {});
  kept_.on_up(node);
  connected(*up);
  for (const completion& done : callers) done(nullptr);
  arm_ticks();
  up->start(proven.leftover);
  kick_();
}

void network::on_closed(conversation& gone, const closing& why) {
  const auto found = peers_.find(gone.peer());
  if (found == peers_.end() || found->second.up.get() != &gone) return;
  const std::shared_ptr<connection> kept = std::exchange(found->second.up, nullptr);
  if (!found->second.dialing) peers_.erase(found);
  if (closing_) return;
  carrier::on_closed(gone, why);
  kept_.on_down(kept->peer(), false);
}

bool network::disconnect(atom node) {
  const auto found = peers_.find(node);
  if (found == peers_.end() || !found->second.up) return false;
  flush();
  if (options_.refuse_disconnected.count() > 0) {
    refused_until_[node] = connection::clock::now() + options_.refuse_disconnected;
  }
  kept_.on_down(node, true);
  found->second.up->close({"disconnect", ""});
  return true;
}

void network::flush() {
  while (!dirty_.empty()) {
    for (const auto& each : std::exchange(dirty_, {})) each->flush();
  }
}

void network::close_all() {
  closing_ = true;
  kept_.stop();
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
    etf::spare_buffers::of_this_thread().age(now);
    detail::age_scratch();
    if (up.empty()) {
      etf::spare_buffers::of_this_thread().clear();
    } else {
      arm_ticks();
    }
  });
}

}  // namespace beamnode::net
