#include "net/embedded_epmd.hpp"

#include <beamnode/epmd_client/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>

#include <cstdlib>
#include <optional>

namespace beamnode {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

struct host {
  asio::io_context io;
  std::uint16_t port = free_port();
  std::string why;
  std::unique_ptr<net::embedded_epmd> epmd = start();

  std::uint16_t free_port() {
    tcp::acceptor once(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return once.local_endpoint().port();
  }
  std::unique_ptr<net::embedded_epmd> start() {
    return net::embedded_epmd::start(io, port, "127.0.0.1", why);
  }
  epmd::options how() {
    return {.port = port, .timeout = 5s, .retry = 20ms, .start_daemon = false};
  }

  template <class T> T finish(asio::awaitable<T> work) {
    std::optional<T> outcome;
    asio::co_spawn(io, std::move(work),
                   [&](const std::exception_ptr&, T value) { outcome = std::move(value); });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    io.restart();
    while (!outcome && io.run_one_until(deadline) != 0) {}
    REQUIRE(outcome);
    return std::move(*outcome);
  }
  auto enrol(const std::string& name, std::uint16_t at) {
    return finish(epmd::registration::create(io.get_executor(), name, at, true, how()));
  }
  auto find(const std::string& name) { return finish(epmd::lookup(name, "127.0.0.1", how())); }
};

TEST_CASE("our own client registers with it, finds and lists") {
  host h;
  REQUIRE_MESSAGE(h.epmd, h.why);
  auto one = h.enrol("one", 1111);
  REQUIRE(one);
  auto two = h.enrol("two", 2222);
  REQUIRE(two);
  CHECK((*one)->creation() != (*two)->creation());
  CHECK(h.enrol("one", 3333).error().code() == epmd::errc::name_taken);
  const auto found = h.find("two");
  REQUIRE(found);
  CHECK(found->port == 2222);
  const auto names = h.finish(epmd::names("127.0.0.1", h.how()));
  REQUIRE(names);
  CHECK(*names == std::vector<epmd::name_entry>{{"two", 2222}, {"one", 1111}});
  two->reset();
  CHECK(h.find("two").error().code() == epmd::errc::unknown_node);
}

TEST_CASE("it listens on IPv6, too, where there is any") {
  host h;
  tcp::socket probe(h.io);
  boost::system::error_code failed;
  tcp::acceptor six(h.io);
  six.open(tcp::v6(), failed);
  if (!failed) six.bind({asio::ip::address_v6::loopback(), 0}, failed);
  if (failed) return;
  const auto names = h.finish(epmd::names("::1", h.how()));
  CHECK(names);
}

TEST_CASE("ERL_EPMD_ADDRESS says where it listens, beside loopback") {
  const char* const before = std::getenv("ERL_EPMD_ADDRESS");
  const std::string kept = before == nullptr ? "" : before;
  setenv("ERL_EPMD_ADDRESS", "127.0.0.2,,nonsense,127.0.0.1", 1);
  {
    host h;
    REQUIRE_MESSAGE(h.epmd, h.why);
    CHECK(h.finish(epmd::names("127.0.0.1", h.how())));
    CHECK(h.finish(epmd::names("127.0.0.2", h.how())));
    CHECK(!h.finish(epmd::names("127.0.0.3", h.how())));
  }
  setenv("ERL_EPMD_ADDRESS", "192.0.2.1", 1);
  host nowhere;
  CHECK(!nowhere.epmd);
  CHECK(!nowhere.why.empty());
  if (before == nullptr) {
    unsetenv("ERL_EPMD_ADDRESS");
  } else {
    setenv("ERL_EPMD_ADDRESS", kept.c_str(), 1);
  }
}

TEST_CASE("it gives way to an epmd that has the port") {
  host h;
  REQUIRE(h.epmd);
  CHECK(!h.start());
  CHECK(!h.why.empty());
}

TEST_CASE("when it has ended, another takes its place and names are registered anew") {
  host h;
  const auto one = h.enrol("one", 1111);
  REQUIRE(one);
  h.epmd.reset();
  h.io.restart();
  h.io.run_for(60ms);
  CHECK(!(*one)->registered());
  h.epmd = h.start();
  REQUIRE_MESSAGE(h.epmd, h.why);
  h.io.restart();
  h.io.run_for(200ms);
  CHECK((*one)->registered());
  CHECK(h.find("one"));
}

TEST_CASE("who sends garbage, nothing, or does not read harms nobody else") {
  host h;
  const auto one = h.enrol("one", 1111);
  const tcp::endpoint at(asio::ip::address_v4::loopback(), h.port);
  std::vector<tcp::socket> guests;
  const std::string garbage(200'000, 'n');
  for (int i = 0; i < 300; ++i) {
    tcp::socket& guest = guests.emplace_back(h.io);
    guest.connect(at);
    boost::system::error_code ignored;
    guest.non_blocking(true);
    if (i % 3 == 0) guest.write_some(asio::buffer(garbage), ignored);
    if (i % 3 == 1) guest.write_some(asio::buffer("\0\1n", 3), ignored);
    h.io.restart();
    h.io.poll();
  }
  CHECK(h.find("one"));
  CHECK((*one)->registered());
}

TEST_CASE("no program that the process starts inherits its sockets") {
  host h;
  const auto one = h.enrol("one", 1111);
  int open = 0;
  for (int fd = 3; fd < 256; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    const int status = fcntl(fd, F_GETFL);
    if (flags < 0 || status < 0) continue;
    struct sockaddr_storage name {};
    socklen_t size = sizeof name;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) continue;
    if (name.ss_family != AF_INET && name.ss_family != AF_INET6) continue;
    ++open;
    CHECK((flags & FD_CLOEXEC) != 0);
  }
  CHECK(open >= 3);  // listening, registered, and registering
}

}  // namespace
}  // namespace beamnode
