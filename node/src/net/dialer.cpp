#include "net/dialer.hpp"

#include "net/descriptors.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>

namespace beamnode::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::uint32_t random_word() {
  thread_local std::random_device source;
  return source();
}

namespace {

/// Connects to the first address that answers; the error of the last otherwise.
asio::awaitable<error_code> connect_within(tcp::socket& socket, const std::string& host,
                                           std::uint16_t port, std::chrono::milliseconds limit) {
  using asio::experimental::awaitable_operators::operator||;
  error_code failed;
  tcp::resolver resolver(socket.get_executor());
  asio::steady_timer deadline(socket.get_executor(), limit);
  const auto attempt = [&]() -> asio::awaitable<void> {
    const tcp::resolver::results_type found = co_await resolver.async_resolve(
        host, std::to_string(port), asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return;
    co_await asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, failed));
  };
  const auto first = co_await (attempt() || deadline.async_wait(asio::use_awaitable));
  if (first.index() == 1) failed = asio::error::timed_out;
  co_return failed;
}

node_errc code_of(const error_code& failed) {
  if (failed == asio::error::timed_out) return node_errc::timed_out;
  if (failed == asio::error::connection_refused) return node_errc::connection_refused;
  if (failed.category() == asio::error::get_netdb_category()) return node_errc::unknown_node;
  return node_errc::other;
}

}  // namespace

asio::awaitable<dial_result> dial(dial_order order) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const std::string& full = order.peer.full();
  bool told_by_epmd = false;
  if (!order.at) {
    epmd::options how = order.epmd;
    how.timeout = std::min(how.timeout, order.setup_time);
    const auto found =
        co_await epmd::lookup(std::string(order.peer.name()), std::string(order.peer.host()), how);
    if (!found) {
      failure why = failure_from(found.error(), full);
      // No epmd at all on that host: there is no node either.
      if (why.code == node_errc::epmd_unreachable) why.code = node_errc::unknown_node;
      co_return why;
    }
    told_by_epmd = true;
    order.at = node_address{.host = std::string(order.peer.host()), .port = found->port};
  }
  dialed made{tcp::socket(executor), {}};
  const node_address& at = *order.at;
  const error_code failed =
      co_await connect_within(made.socket, at.host, at.port, order.setup_time);
  if (failed) {
    const std::string port = std::to_string(at.port);
    co_return failure{
        code_of(failed),
        "node " + full + ": " +
            (told_by_epmd
                 ? "epmd says it listens on port " + port + ", but connecting there failed: "
                 : "connecting to " + at.host + ", port " + port + ", failed: ") +
            failed.message()};
  }
  keep_from_children(made.socket);
  error_code ignored;
  made.socket.set_option(tcp::no_delay(true), ignored);
  // While this attempt was connecting, the peer's own may have come in. To begin now would make it
  // give up that one for ours, which nobody waits for.
  if (!order.still_wanted()) {
    co_return failure{node_errc::other, "node " + full + ": its own attempt came first"};
  }
  order.on_handshake();
  handshake::initiator machine(order.local, full, order.cookie, random_word());
  auto outcome = co_await handshake::initiate(made.socket, machine, order.setup_time, [&] {
    return order.still_wanted() ? handshake::alive_answer::still_wanted
                                : handshake::alive_answer::abort;
  });
  if (!outcome) co_return failure_from(outcome.error());
  made.handshake = std::move(*outcome);
  co_return dial_result(std::optional<dialed>(std::move(made)));
}

}  // namespace beamnode::net
