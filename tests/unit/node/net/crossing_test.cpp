// Two nodes in this process, each on a thread of its own, without an epmd.
#include <beamnode/beamnode.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <future>
#include <mutex>
#include <thread>

namespace beamnode {
namespace {

using namespace std::chrono_literals;

/// Where nodes of this test listen.
class directory {
 public:
  void put(const std::string& node, std::uint16_t port) {
    const std::lock_guard held(mutex_);
    ports_[node] = port;
  }
  std::optional<node_address> find(std::string_view node) {
    const std::lock_guard held(mutex_);
    const auto found = ports_.find(std::string(node));
    if (found == ports_.end()) return std::nullopt;
    return node_address{.host = "127.0.0.1", .port = found->second};
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint16_t> ports_;
};

node_options options_for(const std::string& name, directory& places) {
  node_options options{.name = name, .cookie = "biscuit"};
  options.listen_address = "127.0.0.1";
  options.epmd = epmd_use::none;
  options.resolve = [&](std::string_view node) { return places.find(node); };
  options.stop_on_signals = false;
  options.log = [](std::string_view) {};
  return options;
}

constexpr int rounds = 200;

struct tally {
  int connected = 0;
  int ups = 0;
  int downs = 0;
};

/// What the two share.
struct meeting {
  std::barrier<> both{2};
  std::atomic<bool> wrong = false;
};

/// Connects with `peer` about when it connects with us, a little earlier or later each time, and is
/// parted again, many times.
task<> cross(process& self, const std::string& peer, bool parts, meeting& m, tally& seen) {
  self.monitor_nodes(true);
  for (int i = 0; i < rounds; ++i) {
    m.both.arrive_and_wait();
    const auto start = std::chrono::steady_clock::now() + (parts ? i % 40 : 20) * 20us;
    while (std::chrono::steady_clock::now() < start) {}
    const call_result<bool> done = co_await self.connect(peer);
    const auto up = co_await self.receive<node_up>(5s);
    seen.connected += done ? 1 : 0;
    seen.ups += up ? 1 : 0;
    if (!done || !up) m.wrong = true;
    m.both.arrive_and_wait();
    if (m.wrong) co_return;
    if (parts) self.disconnect(peer);
    const auto down = co_await self.receive<node_down>(5s);
    seen.downs += down ? 1 : 0;
    if (!down) m.wrong = true;
  }
  while (co_await self.receive<node_up>(50ms)) ++seen.ups;
  while (co_await self.receive<node_down>(0ms)) ++seen.downs;
}

TEST_CASE("of attempts that cross one lives, and its connection stays until it is closed") {
  directory places;
  meeting m;
  const std::array<std::string, 2> names{"a@127.0.0.1", "b@127.0.0.1"};
  std::array<tally, 2> seen;
  const auto live = [&](std::size_t me) {
    node n(options_for(names[me], places));
    n.start();
    places.put(names[me], n.port());
    m.both.arrive_and_wait();
    n.spawn([&](process& self) -> task<> {
      co_await cross(self, names[1 - me], me == 0, m, seen[me]);
      n.stop();
    });
    n.run_for(100s);
    m.both.arrive_and_wait();
  };
  std::thread other(live, 1);
  live(0);
  other.join();
  for (const tally& each : seen) {
    CHECK(each.connected == rounds);
    CHECK(each.ups == rounds);
    CHECK(each.downs == rounds);
  }
}

TEST_CASE("a resolver that throws is a failed attempt, told in a sentence") {
  directory places;
  node_options options = options_for("a@127.0.0.1", places);
  options.resolve = [](std::string_view) -> std::optional<node_address> {
    throw std::runtime_error("the phone book burns");
  };
  node n(options);
  try {
    n.connect("b@127.0.0.1");
    FAIL("it connected");
  } catch (const node_error& e) {
    CHECK(e.code() == node_errc::unknown_node);
    CHECK(std::string(e.what()).find("the phone book burns") != std::string::npos);
  }
}

TEST_CASE("where the resolver points and nobody listens, the connection is refused") {
  directory places;
  {
    node gone(options_for("b@127.0.0.1", places));
    gone.start();
    places.put("b@127.0.0.1", gone.port());
  }
  node n(options_for("a@127.0.0.1", places));
  try {
    n.connect("b@127.0.0.1");
    FAIL("it connected");
  } catch (const node_error& e) {
    CHECK(e.code() == node_errc::connection_refused);
  }
}

TEST_CASE("a stop while the node starts, or before it runs, is no less of a stop") {
  directory places;
  node n(options_for("a@127.0.0.1", places));
  n.spawn([&](process&) -> task<> {
    n.stop();
    co_return;
  });
  n.run();
  bool ran = false;
  n.spawn([&](process&) -> task<> {
    ran = true;
    n.stop();
    co_return;
  });
  n.run();
  CHECK(ran);
  n.stop();
  n.run();
}

TEST_CASE("a node that is stopped while it connects says so, and the attempt's end harms nobody") {
  directory places;
  node deaf(options_for("b@127.0.0.1", places));  // listens, and is not run
  deaf.start();
  places.put("b@127.0.0.1", deaf.port());
  node n(options_for("a@127.0.0.1", places));
  n.start();
  n.spawn([&](process& self) -> task<> {
    co_await self.sleep(20ms);
    n.stop();
  });
  CHECK_THROWS_WITH_AS(n.connect("b@127.0.0.1"), "the node was stopped", node_error);
}

TEST_CASE("a node without a name makes one up, another each time") {
  const node one({.name = "@127.0.0.1", .cookie = "biscuit"});
  const node two({.name = "@127.0.0.1", .cookie = "biscuit"});
  CHECK(one.name() != two.name());
  CHECK(one.name().text().ends_with("@127.0.0.1"));
  CHECK(one.name().text().size() > std::string_view("@127.0.0.1").size());
  CHECK_THROWS_AS(node({.name = "@", .cookie = "biscuit"}), node_error);
  CHECK_THROWS_AS(node({.name = "@@x", .cookie = "biscuit"}), node_error);
  CHECK_THROWS_AS(node({.name = "@" + std::string(255, 'x'), .cookie = "biscuit"}), node_error);
}

TEST_CASE("a malformed name on the list of peers to keep is told at once") {
  node_options options{.name = "a@127.0.0.1", .cookie = "biscuit"};
  options.keep_connected = {"b@127.0.0.1", "nonsense"};
  try {
    const node n(options);
    FAIL("it was made");
  } catch (const node_error& e) {
    CHECK(e.code() == node_errc::malformed_name);
    CHECK(std::string(e.what()).find("nonsense") != std::string::npos);
  }
}

}  // namespace
}  // namespace beamnode
