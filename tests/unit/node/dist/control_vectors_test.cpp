// Frames that real nodes sent (tests/vectors/dist): read, and written again byte for byte.
#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>

#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;

struct vector {
  std::uint64_t op;
  std::string what;
  byte_string body;
};

std::vector<vector> load(const std::string& release) {
  std::vector<vector> all;
  std::ifstream file(BEAMNODE_VECTORS "/dist/control_otp" + release + ".txt");
  for (std::string line; std::getline(file, line);) {
    const auto end = line.rfind(" -> ");
    if (line.starts_with('#') || end == std::string::npos) continue;
    all.push_back({std::stoul(line), line.substr(0, end), from_hex(line.substr(end + 4))});
  }
  return all;
}

/// The number that a message has on the wire: that of the plain operation where it has no token.
std::uint64_t wire_operation(const byte_string& control) { return control[3]; }

TEST_CASE("what real nodes send is read whole, and written again as they wrote it") {
  for (const std::string release : {"25", "27", "29"}) {
    const auto vectors = load(release);
    REQUIRE(vectors.size() > 25);
    for (const auto& [op, what, body] : vectors) {
      CAPTURE(release);
      CAPTURE(what);
      dist::channel channel({}, at({}));
      receive(channel, framed(body));
      auto event = channel.next();
      REQUIRE_MESSAGE(event, event.error().message());
      REQUIRE(*event);
      const byte_string control = encoded((*event)->control);
      CHECK(wire_operation(control) == op);
      const byte_string payload = bytes_of((*event)->payload);
      CHECK(payload.empty() == !takes_payload((*event)->control));

      dist::channel peer({}, at({}));
      CHECK(send_any(peer, (*event)->control, payload));
      CHECK(to_hex(drained(peer)) == to_hex(framed(body)));
    }
  }
}

TEST_CASE("the captured frames cover every operation that nodes still send") {
  std::set<std::uint64_t> seen;
  for (const std::string release : {"25", "27", "29"}) {
    for (const auto& captured : load(release)) seen.insert(captured.op);
  }
  for (const std::uint64_t op :
       std::initializer_list<std::uint64_t>{1,  2,  3,  4,  6,  7,  8,  12, 13, 16, 19, 20, 21, 22,
                                            23, 24, 25, 26, 28, 29, 30, 31, 33, 34, 35, 36, 37}) {
    CAPTURE(op);
    CHECK(seen.contains(op));
  }
}

TEST_CASE("the answers of real nodes mean what they should") {
  for (const std::string release : {"25", "27", "29"}) {
    std::size_t spawned = 0;
    std::size_t refused = 0;
    for (const auto& captured : load(release)) {
      dist::channel channel({}, at({}));
      receive(channel, framed(captured.body));
      const auto event = channel.next();
      REQUIRE(event);
      REQUIRE(*event);
      const auto* const reply = std::get_if<dist::spawn_reply>(&(*event)->control);
      if (reply == nullptr) continue;
      if (reply->flags == dist::spawn_reply::monitor_made) {
        ++spawned;
        CHECK(std::holds_alternative<etf::pid>(reply->result));
      } else {
        ++refused;
        CHECK(reply->result == dist::pid_or_name("badopt"_atom));
      }
      CHECK(reply->to.node == "fake@127.0.0.1"_atom);
    }
    CHECK(spawned == 1);
    CHECK(refused == 1);
  }
}

}  // namespace
}  // namespace beamnode
