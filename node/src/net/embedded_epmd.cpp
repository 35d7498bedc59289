#include "net/embedded_epmd.hpp"

#include "net/descriptors.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <list>
#include <unordered_map>

namespace beamnode::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using epmd::server;

namespace {

using addresses = std::vector<asio::ip::address>;

/// As epmd reads its environment: what is listed, and loopback always.
addresses to_listen_on(std::string_view own) {
  const char* const set = std::getenv("ERL_EPMD_ADDRESS");
  std::string_view listed = set != nullptr ? set : own;
  if (listed.empty()) return {asio::ip::address_v4::any(), asio::ip::address_v6::any()};
  addresses wanted{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
  while (!listed.empty()) {
    const std::size_t end = listed.find(',');
    error_code malformed;
    const auto one = asio::ip::make_address(std::string(listed.substr(0, end)), malformed);
    if (!malformed && std::ranges::find(wanted, one) == wanted.end()) {
      if (one.is_unspecified()) {
        std::erase_if(wanted, [&](const auto& other) { return other.is_v4() == one.is_v4(); });
      }
      wanted.push_back(one);
    }
    listed.remove_prefix(end == std::string_view::npos ? listed.size() : end + 1);
  }
  return wanted;
}

std::uint32_t seconds_of_wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

/// From this host: over loopback, or from the very address that it came to.
bool is_local(const tcp::socket& socket) {
  error_code failed;
  const auto from = socket.remote_endpoint(failed).address();
  if (failed) return false;
  return from.is_loopback() || from == socket.local_endpoint(failed).address();
}

}  // namespace

struct embedded_epmd::state : std::enable_shared_from_this<state> {
  struct session {
    explicit session(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    std::array<std::uint8_t, 512> room{};
    server::reply reply{};
  };
  using id = server::connection_id;
  using clock = server::time_point::clock;

  state(asio::io_context& io, std::uint16_t port)
      : context(io),
        machine({.port = port, .first_creation = seconds_of_wall_clock()}),
        watch(io) {}

  error_code listen(const tcp::endpoint& at) {
    tcp::acceptor made(context);
    error_code failed;
    made.open(at.protocol(), failed);
    if (failed) return failed;
    keep_from_children(made);
    made.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && at.address().is_v6()) made.set_option(asio::ip::v6_only(true), failed);
    if (!failed) made.bind(at, failed);
    if (!failed) made.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) listeners.push_back(std::move(made));
    return failed;
  }

  void accept(tcp::acceptor& from) {
    from.async_accept(
        [self = shared_from_this(), &from](const error_code& failed, tcp::socket socket) {
          if (self->ended) return;
          if (failed) return self->pause(from);
          self->admit(std::move(socket));
          self->accept(from);
        });
  }

  /// Out of descriptors, most likely: others may close some.
  void pause(tcp::acceptor& from) {
    const auto moment =
        std::make_shared<asio::steady_timer>(context, std::chrono::milliseconds(50));
    moment->async_wait([self = shared_from_this(), moment, &from](const error_code&) {
      if (!self->ended) self->accept(from);
    });
  }

  void admit(tcp::socket socket) {
    keep_from_children(socket);
    const id one = ++last;
    const bool local = is_local(socket);
    sessions.emplace(one, std::make_shared<session>(std::move(socket)));
    if (const auto surplus = machine.open(one, local, clock::now())) end(*surplus);
    read(one);
    arm();
  }

  void read(id one) {
    const auto found = sessions.find(one);
    if (found == sessions.end()) return;
    const std::shared_ptr<session> with = found->second;
    with->socket.async_read_some(
        asio::buffer(with->room),
        [self = shared_from_this(), with, one](const error_code& failed, std::size_t count) {
          if (self->ended) return;
          if (failed) return self->end(one);
          with->reply = self->machine.receive(one, {with->room.data(), count});
          self->write(one, with);
        });
  }

  void write(id one, const std::shared_ptr<session>& with) {
    const etf::bytes_view bytes = with->reply.bytes;
    asio::async_write(with->socket, asio::buffer(bytes.data(), bytes.size()),
                      [self = shared_from_this(), with, one](const error_code&, std::size_t) {
                        if (self->ended) return;
                        switch (with->reply.then) {
                          case server::fate::keep: return self->read(one);
                          case server::fate::close: return self->end(one);
                          case server::fate::shut_down: return self->stop();
                        }
                      });
  }

  void end(id one) {
    machine.closed(one);
    const auto found = sessions.find(one);
    if (found == sessions.end()) return;
    error_code ignored;
    found->second->socket.close(ignored);
    sessions.erase(found);
  }

  /// Looks every now and then for connections that are too old, while there are any that may be.
  void arm() {
    if (armed || machine.connection_count() == machine.registered_count()) return;
    armed = true;
    watch.expires_after(std::chrono::seconds(5));
    watch.async_wait([self = shared_from_this()](const error_code& failed) {
      if (failed || self->ended) return;
      self->armed = false;
      for (const id old : self->machine.expired(clock::now())) self->end(old);
      self->arm();
    });
  }

  void stop() {
    ended = true;
    error_code ignored;
    for (tcp::acceptor& each : listeners) each.close(ignored);
    for (const auto& [one, each] : sessions) each->socket.close(ignored);
    sessions.clear();
    watch.cancel();
  }

  asio::io_context& context;
  server machine;
  std::list<tcp::acceptor> listeners;
  std::unordered_map<id, std::shared_ptr<session>> sessions;
  asio::steady_timer watch;
  id last = 0;
  bool armed = false;
  bool ended = false;
};

embedded_epmd::embedded_epmd(std::shared_ptr<state> running) : state_(std::move(running)) {}

embedded_epmd::~embedded_epmd() { state_->stop(); }

std::unique_ptr<embedded_epmd> embedded_epmd::start(asio::io_context& io, std::uint16_t port,
                                                    std::string_view address, std::string& why) {
  const auto made = std::make_shared<state>(io, port);
  for (const auto& each : to_listen_on(address)) {
    const error_code failed = made->listen({each, port});
    // A host may be without IPv6, but on IPv4 the port must be ours.
    if (failed && each.is_v4()) {
      made->stop();
      why = failed.message();
      return nullptr;
    }
  }
  for (tcp::acceptor& each : made->listeners) made->accept(each);
  return std::unique_ptr<embedded_epmd>(new embedded_epmd(made));
}

}  // namespace beamnode::net
