// The shell over loopback sockets: moves bytes, keeps deadlines, tells the machine how it ended.

#include <beamnode/handshake/perform.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>

#include "samples.hpp"

namespace beamnode::handshake::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

struct connected {
  asio::io_context context;
  tcp::socket ours{context};
  tcp::socket theirs{context};

  connected() {
    tcp::acceptor listener(context, {asio::ip::address_v4::loopback(), 0});
    ours.connect(listener.local_endpoint());
    listener.accept(theirs);
  }
  void write(const byte_string& bytes) { asio::write(theirs, asio::buffer(bytes)); }
  byte_string read(std::size_t size) {
    byte_string bytes(size);
    asio::read(theirs, asio::buffer(bytes));
    return bytes;
  }
};

using ending = std::optional<result<outcome>>;

asio::awaitable<bool> always_confirm(const peer&) { co_return true; }

void start_initiate(connected& net, initiator& machine, ending& end, deadline timeout = 5s) {
  asio::co_spawn(net.context,
                 initiate(net.ours, machine, timeout, [] { return alive_answer::still_wanted; }),
                 [&end](const std::exception_ptr& thrown, result<outcome> got) {
                   CHECK_FALSE(thrown);
                   end = std::move(got);
                 });
}

void start_accept(connected& net, tcp::socket& socket, acceptor& machine, ending& end,
                  std::function<asio::awaitable<bool>(const peer&)> confirm = always_confirm) {
  asio::co_spawn(
      net.context,
      accept(
          socket, machine, 5s, [](const claim&) { return decision::ok; }, std::move(confirm)),
      [&end](const std::exception_ptr& thrown, result<outcome> got) {
        CHECK_FALSE(thrown);
        end = std::move(got);
      });
}

}  // namespace

TEST_CASE("both sides meet over a socket") {
  connected net;
  auto a = dialling();
  auto b = listening();
  ending end_a;
  ending end_b;
  start_initiate(net, a, end_a);
  start_accept(net, net.theirs, b, end_b);
  net.context.run();
  REQUIRE(end_a);
  REQUIRE(end_b);
  REQUIRE(*end_a);
  REQUIRE(*end_b);
  CHECK((*end_a)->peer.name == "b@127.0.0.1");
  CHECK((*end_b)->peer.name == "a@127.0.0.1");
  CHECK((*end_a)->leftover.empty());
}

TEST_CASE("bytes glued behind the ack are handed on") {
  connected net;
  auto a = dialling();
  ending end;
  start_initiate(net, a, end);
  const auto frames = "00000003 706869"_hex;
  net.write(bytes_of(text_packet("sok"), challenge_of_b(), ack_of_b(), frames));
  net.context.run();
  REQUIRE(end);
  REQUIRE(*end);
  CHECK(to_hex((*end)->leftover.view()) == to_hex(frames));
  CHECK(to_hex(net.read(name_of_a().size() + reply_of_a().size())) ==
        to_hex(bytes_of(name_of_a(), reply_of_a())));
}

TEST_CASE("a last word is written before the failure is returned") {
  connected net;
  acceptor b(node_b(), always("pizza"), b_challenge, {});
  ending end;
  start_accept(net, net.ours, b, end);
  net.write(name_of_a(flag::spawn));
  net.context.run();
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().code() == errc::flags_missing);
  CHECK(net.read(14) == text_packet("snot_allowed"));
}

TEST_CASE("a silent peer runs into the deadline") {
  connected net;
  auto a = dialling();
  ending end;
  const auto begin = std::chrono::steady_clock::now();
  start_initiate(net, a, end, 50ms);
  net.context.run();
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().code() == errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  CHECK(net.ours.is_open());
}

TEST_CASE("the deadline starts anew at each step") {
  connected net;
  auto a = dialling();
  ending end;
  start_initiate(net, a, end, 200ms);
  asio::co_spawn(
      net.context,
      [&net]() -> asio::awaitable<void> {
        asio::steady_timer timer(net.context);
        for (const auto& bytes : {text_packet("sok"), challenge_of_b(), ack_of_b()}) {
          timer.expires_after(120ms);
          co_await timer.async_wait(asio::use_awaitable);
          net.write(bytes);
        }
      },
      asio::detached);
  net.context.run();
  REQUIRE(end);
  CHECK(end->has_value());
}

TEST_CASE("a peer that closes is reported by step") {
  connected net;
  auto a = dialling();
  ending end;
  start_initiate(net, a, end);
  net.theirs.shutdown(tcp::socket::shutdown_send);
  net.context.run();
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().code() == errc::closed_by_peer);
  CHECK(end->error().message() == "peer b@127.0.0.1: the connection ended (initiator, status)");
}

TEST_CASE("a close after our proof is a cookie mismatch, over a socket, too") {
  connected net;
  auto a = dialling();
  ending end;
  start_initiate(net, a, end);
  net.write(bytes_of(text_packet("sok"), challenge_of_b()));
  net.theirs.shutdown(tcp::socket::shutdown_send);
  net.context.run();
  REQUIRE(end);
  CHECK(end->error().code() == errc::cookie_mismatch);
}

TEST_CASE("the ack waits for the caller's confirmation, however long") {
  connected net;
  auto b = listening();
  ending end;
  bool torn_down = false;
  start_accept(net, net.ours, b, end, [&](const peer& who) -> asio::awaitable<bool> {
    CHECK(who.name == "a@127.0.0.1");
    asio::steady_timer timer(net.context, 30ms);
    co_await timer.async_wait(asio::use_awaitable);
    CHECK(net.theirs.available() == text_packet("sok").size() + challenge_of_b().size());
    torn_down = true;
    co_return true;
  });
  net.write(bytes_of(name_of_a(), reply_of_a()));
  net.context.run();
  REQUIRE(end);
  CHECK(torn_down);
  CHECK(end->has_value());
}

TEST_CASE("a caller that does not confirm ends the handshake") {
  connected net;
  auto b = listening();
  ending end;
  start_accept(net, net.ours, b, end,
               [](const peer&) -> asio::awaitable<bool> { co_return false; });
  net.write(bytes_of(name_of_a(), reply_of_a()));
  net.context.run();
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().code() == errc::confirmation_refused);
}

TEST_CASE("closing our own socket meanwhile is giving up") {
  connected net;
  auto a = dialling();
  ending end;
  start_initiate(net, a, end);
  asio::steady_timer timer(net.context, 20ms);
  timer.async_wait([&net](const auto&) { net.ours.close(); });
  net.context.run();
  REQUIRE(end);
  CHECK(end->error().code() == errc::cancelled);
}

}  // namespace beamnode::handshake::test
