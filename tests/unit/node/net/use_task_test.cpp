// Asio operations inside processes, on a shard and a loop that the test drives.
#include "support/test_shard.hpp"

#include <beamnode/node/use_task.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct looped_shard : test_shard {
  looped_shard() {
    shard.set_loop(&io, [this] { ++wakes; });
  }
  asio::io_context io{1};
  int wakes = 0;
};

struct counted {
  explicit counted(int& n) : living(&n) { ++*living; }
  counted(const counted& other) : counted(*other.living) {}
  counted& operator=(const counted&) = delete;
  ~counted() { --*living; }
  int* living;
};

task<> wait_for(process& self, asio::steady_timer& timer, counted inside, std::string& outcome) {
  const counted local = inside;
  const auto [failed] = co_await timer.async_wait(asio::as_tuple(use_task(self)));
  outcome = failed ? failed.message() : "expired";
}

}  // namespace

TEST_CASE("an Asio operation gives its process the result, messages wait meanwhile") {
  looped_shard node;
  asio::steady_timer timer(node.io, 1ms);
  int living = 0;
  std::string outcome;
  const pid p = node.spawn(wait_for, std::ref(timer), counted(living), std::ref(outcome));
  node.root().send(p, 1);
  node.run();
  CHECK(node.alive(p));
  CHECK(outcome.empty());
  node.io.run();
  CHECK(node.wakes == 1);
  node.run();
  CHECK(outcome == "expired");
  CHECK_FALSE(node.alive(p));
  CHECK(living == 0);
}

TEST_CASE("the error of an Asio operation is thrown") {
  looped_shard node;
  asio::steady_timer timer(node.io, 1h);
  bool aborted = false;
  node.spawn([&](process& self) -> task<> {
    try {
      co_await timer.async_wait(use_task(self));
    } catch (const boost::system::system_error& e) {
      aborted = e.code() == asio::error::operation_aborted;
    }
  });
  node.run();
  timer.cancel();
  node.io.run();
  node.run();
  CHECK(aborted);
}

TEST_CASE("a process killed during an Asio operation ends when that has been cancelled") {
  looped_shard node;
  asio::steady_timer timer(node.io, 1h);
  int living = 0;
  std::string outcome;
  const std::ptrdiff_t before = runtime::pool::blocks_in_use;
  const pid p = node.spawn(wait_for, std::ref(timer), counted(living), std::ref(outcome));
  node.run();
  node.root().exit(p, atom("kill"));
  node.root().exit(p, atom("kill"));
  node.run();
  CHECK(living > 0);  // the operation may still use what is in the frame
  node.io.run();
  node.run();
  CHECK(living == 0);
  CHECK(outcome.empty());
  CHECK(runtime::pool::blocks_in_use == before);
}

TEST_CASE("a process that is killed before its operation begins does not begin it") {
  looped_shard node;
  asio::steady_timer timer(node.io, 1h);
  int living = 0;
  const auto body = [&](process& self, counted inside) -> task<> {
    const counted local = inside;
    self.exit(self.pid(), atom("kill"));
    co_await timer.async_wait(use_task(self));
  };
  node.spawn(body, counted(living));
  node.run();
  CHECK(living == 0);
  CHECK(node.io.run() == 0);
}

TEST_CASE("a node that ends destroys processes in their Asio operations") {
  int living = 0;
  std::string outcome;
  {
    asio::io_context io{1};
    asio::steady_timer timer(io, 1h);
    test_shard node;
    node.shard.set_loop(&io, {});
    node.spawn(wait_for, std::ref(timer), counted(living), std::ref(outcome));
    node.run();
    CHECK(living > 0);
  }
  CHECK(living == 0);
  CHECK(outcome.empty());
}
