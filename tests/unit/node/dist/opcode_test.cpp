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
  int number;
  std::string_view name;
  bool payload;
};
constexpr row table[] = {
    {1, "LINK", false},
    {2, "SEND", true},
    {3, "EXIT", false},
    {4, "UNLINK", false},
    {5, "NODE_LINK", false},
    {6, "REG_SEND", true},
    {7, "GROUP_LEADER", false},
    {8, "EXIT2", false},
    {12, "SEND_TT", true},
    {13, "EXIT_TT", false},
    {16, "REG_SEND_TT", true},
    {18, "EXIT2_TT", false},
    {19, "MONITOR_P", false},
    {20, "DEMONITOR_P", false},
    {21, "MONITOR_P_EXIT", false},
    {22, "SEND_SENDER", true},
    {23, "SEND_SENDER_TT", true},
    {24, "PAYLOAD_EXIT", true},
    {25, "PAYLOAD_EXIT_TT", true},
    {26, "PAYLOAD_EXIT2", true},
    {27, "PAYLOAD_EXIT2_TT", true},
    {28, "PAYLOAD_MONITOR_P_EXIT", true},
    {29, "SPAWN_REQUEST", true},
    {30, "SPAWN_REQUEST_TT", true},
    {31, "SPAWN_REPLY", false},
    {32, "SPAWN_REPLY_TT", false},
    {33, "ALIAS_SEND", true},
    {34, "ALIAS_SEND_TT", true},
    {35, "UNLINK_ID", false},
    {36, "UNLINK_ID_ACK", false},
    {37, "ALTACT_SIG_SEND", true},
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
