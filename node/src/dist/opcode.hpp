#pragma once
/// The operations of control messages under their official names and numbers (erl_dist_protocol:
/// Protocol between Connected Nodes).

#include <cstdint>
#include <string_view>

namespace beamnode::dist {

/// "TT" operations are the plain ones with a sequential trace token. P: a payload term follows the
/// control tuple. The numbers that are missing were never used or are long gone.
enum class opcode : std::uint8_t {
  link = 1,
  send = 2,  // P
  exit = 3,
  unlink = 4,
  node_link = 5,  // nobody sends it any more
  reg_send = 6,   // P
  group_leader = 7,
  exit2 = 8,
  send_tt = 12,  // P
  exit_tt = 13,
  reg_send_tt = 16,  // P
  exit2_tt = 18,
  monitor_p = 19,
  demonitor_p = 20,
  monitor_p_exit = 21,
  send_sender = 22,             // P
  send_sender_tt = 23,          // P
  payload_exit = 24,            // P
  payload_exit_tt = 25,         // P
  payload_exit2 = 26,           // P
  payload_exit2_tt = 27,        // P
  payload_monitor_p_exit = 28,  // P
  spawn_request = 29,           // P
  spawn_request_tt = 30,        // P
  spawn_reply = 31,
  spawn_reply_tt = 32,
  alias_send = 33,     // P
  alias_send_tt = 34,  // P
  unlink_id = 35,
  unlink_id_ack = 36,
  altact_sig_send = 37,  // P
};

/// Whether a payload term follows the control tuple of this operation.
[[nodiscard]] constexpr bool has_payload(opcode op) noexcept {
  switch (op) {
    case opcode::send:
    case opcode::reg_send:
    case opcode::send_tt:
    case opcode::reg_send_tt:
    case opcode::send_sender:
    case opcode::send_sender_tt:
    case opcode::payload_exit:
    case opcode::payload_exit_tt:
    case opcode::payload_exit2:
    case opcode::payload_exit2_tt:
    case opcode::payload_monitor_p_exit:
    case opcode::spawn_request:
    case opcode::spawn_request_tt:
    case opcode::alias_send:
    case opcode::alias_send_tt:
    case opcode::altact_sig_send: return true;
    default: return false;
  }
}

/// The name in the documentation, "PAYLOAD_EXIT_TT"; "unknown" for a number that has none.
[[nodiscard]] std::string_view name_of(opcode op) noexcept;

}  // namespace beamnode::dist
