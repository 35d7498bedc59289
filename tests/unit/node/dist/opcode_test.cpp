#include "dist/opcode.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace beamnode {
namespace {

using dist::has_payload;
using dist::name_of;
using dist::opcode;

// Written out here once more, from the documentation: an enumerator with a wrong number would pass
// every test that uses the enumerator on both sides.
struct row {
  std::string_view name;
  int number;
  bool payload;
};
constexpr row table[] = {
    {"LINK", 1, false},
    {"SEND", 2, true},
    {"EXIT", 3, false},
    {"UNLINK", 4, false},
    {"NODE_LINK", 5, false},
    {"REG_SEND", 6, true},
    {"GROUP_LEADER", 7, false},
    {"EXIT2", 8, false},
    {"SEND_TT", 12, true},
    {"EXIT_TT", 13, false},
    {"REG_SEND_TT", 16, true},
    {"EXIT2_TT", 18, false},
    {"MONITOR_P", 19, false},
    {"DEMONITOR_P", 20, false},
    {"MONITOR_P_EXIT", 21, false},
    {"SEND_SENDER", 22, true},
    {"SEND_SENDER_TT", 23, true},
    {"PAYLOAD_EXIT", 24, true},
    {"PAYLOAD_EXIT_TT", 25, true},
    {"PAYLOAD_EXIT2", 26, true},
    {"PAYLOAD_EXIT2_TT", 27, true},
    {"PAYLOAD_MONITOR_P_EXIT", 28, true},
    {"SPAWN_REQUEST", 29, true},
    {"SPAWN_REQUEST_TT", 30, true},
    {"SPAWN_REPLY", 31, false},
    {"SPAWN_REPLY_TT", 32, false},
    {"ALIAS_SEND", 33, true},
    {"ALIAS_SEND_TT", 34, true},
    {"UNLINK_ID", 35, false},
    {"UNLINK_ID_ACK", 36, false},
    {"ALTACT_SIG_SEND", 37, true},
};

TEST_CASE("each operation has the documented number, name and payload") {
  for (const row& documented : table) {
    CAPTURE(documented.number);
    const auto op = static_cast<opcode>(documented.number);
    CHECK(name_of(op) == documented.name);
    CHECK(has_payload(op) == documented.payload);
  }
}

TEST_CASE("all other numbers are unknown and have no payload") {
  std::set<int> documented;
  for (const row& entry : table) documented.insert(entry.number);
  for (int number = 0; number < 256; ++number) {
    if (documented.contains(number)) continue;
    CHECK(name_of(static_cast<opcode>(number)) == "unknown");
    CHECK(!has_payload(static_cast<opcode>(number)));
  }
}

}  // namespace
}  // namespace beamnode
