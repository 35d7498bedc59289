#include "net/reconnector.hpp"

#include <doctest/doctest.h>

namespace beamnode {
namespace {

using namespace std::chrono_literals;
using etf::atom;

/// Attempts end as the test says.
struct bench {
  boost::asio::io_context io;
  std::vector<net::reconnector::completion> attempts;
  std::vector<std::string> log;
  atom peer{"peer@127.0.0.1"};
  net::reconnector kept{
      io,
      {peer},
      net::backoff(1ms, 4ms),
      [this](atom, net::reconnector::completion done) { attempts.push_back(std::move(done)); },
      [this](const std::string& line) { log.push_back(line); }};

  void fail_last() {
    const net::failure why{.sentence = "nobody is there"};
    attempts.back()(&why);
    io.restart();
    io.run();
  }
};

TEST_CASE("a failed attempt is followed by another, and told once per outage") {
  bench b;
  b.kept.start();
  REQUIRE(b.attempts.size() == 1);
  for (std::size_t i = 2; i < 10; ++i) {
    b.fail_last();
    CHECK(b.attempts.size() == i);
  }
  CHECK(b.log.size() == 1);
  b.kept.on_up(b.peer);
  b.kept.on_down(b.peer, false);
  b.io.restart();
  b.io.run();
  CHECK(b.attempts.size() == 10);
  b.fail_last();
  CHECK(b.log.size() == 2);
}

TEST_CASE("no attempt is made while connected, after a leave on purpose, or after the end") {
  bench b;
  b.kept.start();
  b.kept.on_up(b.peer);
  b.fail_last();  // it came in by itself meanwhile
  CHECK(b.attempts.size() == 1);
  b.kept.on_down(b.peer, true);
  b.kept.on_down(b.peer, false);  // the same loss, as the connection tells it
  b.io.restart();
  b.io.run();
  CHECK(b.attempts.size() == 1);
  b.kept.on_up(b.peer);
  b.kept.on_down(b.peer, false);
  b.kept.stop();
  b.io.restart();
  b.io.run();
  CHECK(b.attempts.size() == 1);
}

TEST_CASE("a peer that comes by itself while a pause runs ends the pause") {
  bench b;
  b.kept.start();
  const net::failure why{.sentence = "nobody is there"};
  b.attempts.back()(&why);
  b.kept.on_up(b.peer);
  b.io.restart();
  b.io.run();
  CHECK(b.attempts.size() == 1);
}

TEST_CASE("peers that are not on the list are left alone") {
  bench b;
  b.kept.on_up(atom("other@127.0.0.1"));
  b.kept.on_down(atom("other@127.0.0.1"), false);
  b.io.run();
  CHECK(b.attempts.empty());
}

}  // namespace
}  // namespace beamnode
