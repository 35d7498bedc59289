#include "dist/opcode.hpp"

namespace beamnode::dist {

std::string_view name_of(opcode op) noexcept {
  switch (op) {
    case opcode::link: return "LINK";
    case opcode::send: return "SEND";
    case opcode::exit: return "EXIT";
    case opcode::unlink: return "UNLINK";
    case opcode::node_link: return "NODE_LINK";
    case opcode::reg_send: return "REG_SEND";
    case opcode::group_leader: return "GROUP_LEADER";
    case opcode::exit2: return "EXIT2";
    case opcode::send_tt: return "SEND_TT";
    case opcode::exit_tt: return "EXIT_TT";
    case opcode::reg_send_tt: return "REG_SEND_TT";
    case opcode::exit2_tt: return "EXIT2_TT";
    case opcode::monitor_p: return "MONITOR_P";
    case opcode::demonitor_p: return "DEMONITOR_P";
    case opcode::monitor_p_exit: return "MONITOR_P_EXIT";
    case opcode::send_sender: return "SEND_SENDER";
    case opcode::send_sender_tt: return "SEND_SENDER_TT";
    case opcode::payload_exit: return "PAYLOAD_EXIT";
    case opcode::payload_exit_tt: return "PAYLOAD_EXIT_TT";
    case opcode::payload_exit2: return "PAYLOAD_EXIT2";
    case opcode::payload_exit2_tt: return "PAYLOAD_EXIT2_TT";
    case opcode::payload_monitor_p_exit: return "PAYLOAD_MONITOR_P_EXIT";
    case opcode::spawn_request: return "SPAWN_REQUEST";
    case opcode::spawn_request_tt: return "SPAWN_REQUEST_TT";
    case opcode::spawn_reply: return "SPAWN_REPLY";
    case opcode::spawn_reply_tt: return "SPAWN_REPLY_TT";
    case opcode::alias_send: return "ALIAS_SEND";
    case opcode::alias_send_tt: return "ALIAS_SEND_TT";
    case opcode::unlink_id: return "UNLINK_ID";
    case opcode::unlink_id_ack: return "UNLINK_ID_ACK";
    case opcode::altact_sig_send: return "ALTACT_SIG_SEND";
  }
  return "unknown";
}

}  // namespace beamnode::dist
