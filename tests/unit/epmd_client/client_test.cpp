#include <beamnode/epmd_client/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fake_epmd.hpp"

namespace beamnode {
namespace {

using namespace test;
using namespace std::chrono_literals;
using epmd::errc;

const byte_string gold_reply = bytes_of("7700b13b4d00000600050004"_hex, "gold", "0000"_hex);
const byte_string first_creation = "76006b032ce9"_hex;
const byte_string later_creation = "76006b032cea"_hex;
const byte_string taken = "760100000063"_hex;

epmd::options quick(const fake_epmd& epmd) {
  return {.port = epmd.port(), .timeout = 5s, .retry = 20ms, .start_daemon = false};
}

/// A port where nothing listens.
std::uint16_t deaf_port(asio::io_context& io) {
  tcp::acceptor once(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return once.local_endpoint().port();
}

auto registering(asio::io_context& io, epmd::options how) {
  return epmd::registration::create(io.get_executor(), "city_a", 0x1234, true, how);
}

TEST_CASE("a node is looked up, also when the reply comes byte by byte") {
  for (const std::size_t at_once : {SIZE_MAX, std::size_t{1}}) {
    asio::io_context io;
    fake_epmd epmd(io);
    epmd.answers({.reply = gold_reply, .at_once = at_once});
    const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", quick(epmd)));
    REQUIRE_MESSAGE(found, found.error().message());
    CHECK(found->port == 45371);
    CHECK(found->name == "gold");
    REQUIRE(epmd.requests().size() == 1);
    CHECK(to_hex(epmd.requests()[0]) == to_hex(bytes_of("00057a"_hex, "gold")));
  }
}

/// A bare root as debootstrap makes it has no /etc/hosts, and so no name at all to look up.
bool knows_localhost() {
  asio::io_context io;
  boost::system::error_code failed;
  tcp::resolver(io).resolve("localhost", "", failed);
  return !failed;
}

TEST_CASE("a host is looked up by name too, and each of its addresses is tried" *
          doctest::skip(!knows_localhost())) {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = gold_reply});
  const auto found = finish(io, epmd::lookup("gold", "localhost", quick(epmd)));
  REQUIRE_MESSAGE(found, found.error().message());
  CHECK(found->port == 45371);
}

TEST_CASE("a node that is not registered is unknown_node, with a sentence that says where") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = "7701"_hex});
  const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", quick(epmd)));
  REQUIRE(!found);
  CHECK(found.error().code() == errc::unknown_node);
  CHECK(found.error().message() == "epmd at 127.0.0.1:" + std::to_string(epmd.port()) +
                                       ": no node of this name is registered: gold");
}

TEST_CASE("an epmd that closes early is closed_early, whatever was there before") {
  for (std::size_t size = 0; size < gold_reply.size(); size += 5) {
    asio::io_context io;
    fake_epmd epmd(io);
    epmd.answers(
        {.reply = {gold_reply.begin(), gold_reply.begin() + static_cast<std::ptrdiff_t>(size)}});
    const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", quick(epmd)));
    REQUIRE(!found);
    CHECK(found.error().code() == errc::closed_early);
  }
}

TEST_CASE("an epmd that never answers is timed_out, and not waited for longer") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = {}, .close = false});
  auto how = quick(epmd);
  how.timeout = 50ms;
  const auto start = std::chrono::steady_clock::now();
  const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", how));
  REQUIRE(!found);
  CHECK(found.error().code() == errc::timed_out);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(run_until(io, [&] { return epmd.closed() == 1; }));
}

TEST_CASE("an epmd that answers something else is malformed_reply") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = "485454502f"_hex});
  const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", quick(epmd)));
  REQUIRE(!found);
  CHECK(found.error().code() == errc::malformed_reply);
}

TEST_CASE("where no epmd listens it is unreachable") {
  asio::io_context io;
  const epmd::options how{.port = deaf_port(io), .timeout = 5s};
  const auto found = finish(io, epmd::lookup("gold", "127.0.0.1", how));
  REQUIRE(!found);
  CHECK(found.error().code() == errc::unreachable);
  CHECK(found.error().message().find("refused") != std::string::npos);
}

TEST_CASE("a host that has no address is host_not_found") {
  asio::io_context io;
  const auto found = finish(io, epmd::lookup("gold", "no such host", {.timeout = 15s}));
  REQUIRE(!found);
  CHECK(found.error().code() == errc::host_not_found);
}

TEST_CASE("a name that cannot be is refused before anybody is asked") {
  asio::io_context io;
  fake_epmd epmd(io);
  CHECK(finish(io, epmd::lookup("a@b", "127.0.0.1", quick(epmd))).error().code() ==
        errc::name_invalid);
  const auto held =
      finish(io, epmd::registration::create(io.get_executor(), "", 1, true, quick(epmd)));
  CHECK(held.error().code() == errc::name_invalid);
  CHECK(epmd.requests().empty());
}

TEST_CASE("all names are listed, also when the list comes byte by byte") {
  for (const std::size_t at_once : {SIZE_MAX, std::size_t{1}}) {
    asio::io_context io;
    fake_epmd epmd(io);
    epmd.answers({.reply = bytes_of("00001111"_hex, "name gold at port 45371\nname b at port 2\n"),
                  .at_once = at_once});
    const auto listed = finish(io, epmd::names("127.0.0.1", quick(epmd)));
    REQUIRE_MESSAGE(listed, listed.error().message());
    CHECK(*listed == std::vector<epmd::name_entry>{{"gold", 45371}, {"b", 2}});
  }
}

TEST_CASE("a lookup that is given up is cancelled at once") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = {}, .close = false});
  asio::cancellation_signal give_up;
  std::optional<epmd::result<epmd::endpoint_info>> outcome;
  asio::co_spawn(
      io, epmd::lookup("gold", "127.0.0.1", quick(epmd)),
      asio::bind_cancellation_slot(
          give_up.slot(), [&](const std::exception_ptr&, epmd::result<epmd::endpoint_info> r) {
            outcome = std::move(r);
          }));
  REQUIRE(run_until(io, [&] { return epmd.requests().size() == 1; }));
  give_up.emit(asio::cancellation_type::terminal);
  REQUIRE(run_until(io, [&] { return outcome.has_value(); }));
  REQUIRE(!*outcome);
  CHECK(outcome->error().code() == errc::cancelled);
}

TEST_CASE("a registration holds its connection open and writes nothing more on it") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = first_creation, .close = false, .at_once = 1});
  auto held = finish(io, registering(io, quick(epmd)));
  REQUIRE_MESSAGE(held, held.error().message());
  CHECK((*held)->creation() == 0x6B032CE9);
  CHECK((*held)->registered());
  io.run_for(100ms);
  CHECK(epmd.closed() == 0);
  CHECK(epmd.requests().size() == 1);
  CHECK(to_hex(epmd.requests()[0]) ==
        to_hex(bytes_of("00137812344d00000600050006"_hex, "city_a", "0000"_hex)));
  held->reset();
  CHECK(run_until(io, [&] { return epmd.closed() == 1; }));
  CHECK(epmd.stray_bytes() == 0);
}

TEST_CASE("the creation of an epmd of old has 16 bits") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = "79000002"_hex, .close = false});
  const auto held = finish(io, registering(io, quick(epmd)));
  REQUIRE(held);
  CHECK((*held)->creation() == 2);
}

TEST_CASE("a name that is taken is name_taken, and the connection is closed") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = taken, .close = false});
  const auto held = finish(io, registering(io, quick(epmd)));
  REQUIRE(!held);
  CHECK(held.error().code() == errc::name_taken);
  CHECK(run_until(io, [&] { return epmd.closed() == 1; }));
  CHECK(epmd.requests().size() == 1);
}

TEST_CASE("a registration that gets no answer is timed_out, one that is hung up on closed_early") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = {}, .close = false});
  epmd.answers({.reply = "7600"_hex});
  auto how = quick(epmd);
  how.timeout = 50ms;
  CHECK(finish(io, registering(io, how)).error().code() == errc::timed_out);
  how.timeout = 5s;
  CHECK(finish(io, registering(io, how)).error().code() == errc::closed_early);
}

TEST_CASE("without an epmd, and without leave to start one, registering is unreachable") {
  asio::io_context io;
  const epmd::options how{.port = deaf_port(io), .timeout = 5s, .start_daemon = false};
  const auto held = finish(io, registering(io, how));
  REQUIRE(!held);
  CHECK(held.error().code() == errc::unreachable);
}

TEST_CASE("when epmd dies and comes back the name is registered again, with the old creation") {
  asio::io_context io;
  auto epmd = std::make_unique<fake_epmd>(io);
  const auto how = quick(*epmd);
  epmd->answers({.reply = first_creation, .close = false});
  auto held = finish(io, registering(io, how));
  REQUIRE(held);

  epmd.reset();
  REQUIRE(run_until(io, [&] { return !(*held)->registered(); }));
  io.run_for(100ms);  // several attempts in vain
  CHECK(!(*held)->registered());

  fake_epmd again(io, how.port);
  again.answers({.reply = taken, .close = false});  // somebody else was faster
  again.answers({.reply = {}});                     // and this is an epmd that hangs up
  again.answers({.reply = later_creation, .close = false});
  REQUIRE(run_until(io, [&] { return (*held)->registered(); }));
  CHECK(again.requests().size() == 3);
  CHECK(again.requests()[0] == again.requests()[2]);
  CHECK((*held)->creation() == 0x6B032CE9);

  held->reset();
  CHECK(run_until(io, [&] { return again.closed() == 2; }));
  CHECK(again.stray_bytes() == 0);
}

TEST_CASE("where there is no epmd, the stand-in is asked for, and again when it has gone") {
  asio::io_context io;
  const std::uint16_t port = deaf_port(io);
  std::unique_ptr<fake_epmd> standing_in;
  int asked = 0;
  epmd::options how{.port = port, .timeout = 5s, .retry = 20ms, .start_daemon = false};
  how.stand_in = [&] {
    ++asked;
    standing_in = std::make_unique<fake_epmd>(io, port);
    standing_in->answers({.reply = asked == 1 ? first_creation : later_creation, .close = false});
  };
  auto held = finish(io, registering(io, how));
  REQUIRE_MESSAGE(held, held.error().message());
  CHECK(asked == 1);
  standing_in.reset();
  REQUIRE(run_until(io, [&] { return !(*held)->registered(); }));
  REQUIRE(run_until(io, [&] { return (*held)->registered(); }));
  CHECK(asked == 2);
  CHECK((*held)->creation() == 0x6B032CE9);
}

TEST_CASE("a stand-in that does not stand leaves a registration unreachable") {
  asio::io_context io;
  int asked = 0;
  epmd::options how{.port = deaf_port(io), .timeout = 5s, .start_daemon = false};
  how.stand_in = [&] { ++asked; };
  CHECK(finish(io, registering(io, how)).error().code() == errc::unreachable);
  CHECK(asked == 1);
}

TEST_CASE("what epmd says on a registration is no reason to give it up") {
  asio::io_context io;
  fake_epmd epmd(io);
  epmd.answers({.reply = bytes_of(first_creation, "hello"), .close = false, .at_once = 1});
  const auto held = finish(io, registering(io, quick(epmd)));
  REQUIRE(held);
  io.run_for(100ms);
  CHECK((*held)->registered());
}

TEST_CASE("a registration can end while epmd is away, and in the middle of an attempt") {
  asio::io_context io;
  auto epmd = std::make_unique<fake_epmd>(io);
  auto how = quick(*epmd);
  epmd->answers({.reply = first_creation, .close = false});
  how.retry = 10s;
  auto away = finish(io, registering(io, how));
  how.retry = 1ms;
  auto trying = finish(io, registering(io, how));
  REQUIRE(away);
  REQUIRE(trying);
  epmd.reset();
  fake_epmd silent(io, how.port);
  silent.answers({.reply = {}, .close = false});
  REQUIRE(run_until(io, [&] { return silent.requests().size() == 1; }));
  away->reset();
  trying->reset();
  silent.die();
  const auto start = std::chrono::steady_clock::now();
  io.restart();
  io.run();  // nothing is left to wait for
  CHECK(std::chrono::steady_clock::now() - start < 2s);
}

TEST_CASE("epmd counts as installed when the PATH has a program of that name") {
  const char* const before = std::getenv("PATH");
  const std::string kept = before == nullptr ? "" : before;
  std::string directory = (std::filesystem::temp_directory_path() / "epmd_XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const std::string program = directory + "/epmd";
  setenv("PATH", ("/nonexistent:" + directory + ":").c_str(), 1);
  CHECK(!epmd::daemon_is_installed());
  std::ofstream(program) << "#!/bin/sh\n";
  CHECK(!epmd::daemon_is_installed());
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  CHECK(epmd::daemon_is_installed());
  unsetenv("PATH");
  CHECK(!epmd::daemon_is_installed());
  setenv("PATH", kept.c_str(), 1);
  std::filesystem::remove_all(directory);
}

TEST_CASE("ERL_EPMD_PORT is honoured if it is a port") {
  const char* const before = std::getenv("ERL_EPMD_PORT");
  const std::string kept = before == nullptr ? "" : before;
  setenv("ERL_EPMD_PORT", "4711", 1);
  CHECK(epmd::options().port == 4711);
  for (const char* bad : {"", "0", "65536", "x", "1x", "-1"}) {
    setenv("ERL_EPMD_PORT", bad, 1);
    CHECK(epmd::options().port == 4369);
  }
  unsetenv("ERL_EPMD_PORT");
  CHECK(epmd::options().port == 4369);
  if (before != nullptr) setenv("ERL_EPMD_PORT", kept.c_str(), 1);
}

}  // namespace
}  // namespace beamnode
