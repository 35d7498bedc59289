#include "dist/control.hpp"

namespace beamnode::dist {
namespace {

using etf::writer;

/// The tuple and its operation, with room for the token that ends it (or precedes the reason).
void begin(writer& out, std::size_t arity, opcode plain, opcode traced, bytes_view token) {
  out.write_tuple(token.empty() ? arity : arity + 1);
  out.write_unsigned(static_cast<std::uint8_t>(token.empty() ? plain : traced));
}

void begin(writer& out, std::size_t arity, opcode op) {
  out.write_tuple(arity);
  out.write_unsigned(static_cast<std::uint8_t>(op));
}

void write_process(writer& out, const pid_or_name& process) {
  if (const pid* const p = std::get_if<pid>(&process)) {
    out.write_pid(*p);
  } else {
    out.write_atom(*std::get_if<atom>(&process));
  }
}

void write_from_to(writer& out, const pid& from, const pid& to) {
  out.write_pid(from);
  out.write_pid(to);
}

}  // namespace

void write(writer& out, const link& control) {
  begin(out, 3, control.op);
  write_from_to(out, control.from, control.to);
}

void write(writer& out, const send& control) {
  begin(out, 3, control.op, opcode::send_tt, control.token);
  out.write_atom(atom{});
  out.write_pid(control.to);
  out.write_encoded(control.token);
}

void write(writer& out, const exit& control) {
  begin(out, 4, control.op, opcode::exit_tt, control.token);
  write_from_to(out, control.from, control.to);
  out.write_encoded(control.token);
  out.write_encoded(control.reason);
}

void write(writer& out, const unlink& control) {
  begin(out, 3, control.op);
  write_from_to(out, control.from, control.to);
}

void write(writer& out, const reg_send& control) {
  begin(out, 4, control.op, opcode::reg_send_tt, control.token);
  out.write_pid(control.from);
  out.write_atom(atom{});
  out.write_atom(control.name);
  out.write_encoded(control.token);
}

void write(writer& out, const group_leader& control) {
  begin(out, 3, control.op);
  write_from_to(out, control.leader, control.to);
}

void write(writer& out, const exit2& control) {
  begin(out, 4, control.op, opcode::exit2_tt, control.token);
  write_from_to(out, control.from, control.to);
  out.write_encoded(control.token);
  out.write_encoded(control.reason);
}

void write(writer& out, const monitor_p& control) {
  begin(out, 4, control.op);
  out.write_pid(control.from);
  write_process(out, control.target);
  out.write_reference(control.ref);
}

void write(writer& out, const demonitor_p& control) {
  begin(out, 4, control.op);
  out.write_pid(control.from);
  write_process(out, control.target);
  out.write_reference(control.ref);
}

void write(writer& out, const monitor_p_exit& control) {
  begin(out, 5, control.op);
  write_process(out, control.watched);
  out.write_pid(control.watcher);
  out.write_reference(control.ref);
  out.write_encoded(control.reason);
}

void write(writer& out, const send_sender& control) {
  begin(out, 3, control.op, opcode::send_sender_tt, control.token);
  write_from_to(out, control.from, control.to);
  out.write_encoded(control.token);
}

void write(writer& out, const payload_exit& control) {
  begin(out, 3, control.op, opcode::payload_exit_tt, control.token);
  write_from_to(out, control.from, control.to);
  out.write_encoded(control.token);
}

void write(writer& out, const payload_exit2& control) {
  begin(out, 3, control.op, opcode::payload_exit2_tt, control.token);
  write_from_to(out, control.from, control.to);
  out.write_encoded(control.token);
}

void write(writer& out, const payload_monitor_p_exit& control) {
  begin(out, 4, control.op);
  write_process(out, control.watched);
  out.write_pid(control.watcher);
  out.write_reference(control.ref);
}

void write(writer& out, const spawn_request& control) {
  begin(out, 6, control.op, opcode::spawn_request_tt, control.token);
  out.write_reference(control.req_id);
  write_from_to(out, control.from, control.group_leader);
  out.write_tuple(3);
  out.write_atom(control.module);
  out.write_atom(control.function);
  out.write_unsigned(control.arity);
  out.write_encoded(control.options);
  out.write_encoded(control.token);
}

void write(writer& out, const spawn_reply& control) {
  begin(out, 5, control.op, opcode::spawn_reply_tt, control.token);
  out.write_reference(control.req_id);
  out.write_pid(control.to);
  out.write_unsigned(control.flags);
  write_process(out, control.result);
  out.write_encoded(control.token);
}

void write(writer& out, const alias_send& control) {
  begin(out, 3, control.op, opcode::alias_send_tt, control.token);
  out.write_pid(control.from);
  out.write_reference(control.alias);
  out.write_encoded(control.token);
}

void write(writer& out, const unlink_id& control) {
  begin(out, 4, control.op);
  out.write_unsigned(control.id);
  write_from_to(out, control.from, control.to);
}

void write(writer& out, const unlink_id_ack& control) {
  begin(out, 4, control.op);
  out.write_unsigned(control.id);
  write_from_to(out, control.from, control.to);
}

void write(writer& out, const altact_sig_send& control) {
  begin(out, 4, control.op, control.op, control.token);
  const std::uint64_t others = control.flags & ~altact_sig_send::with_token;
  out.write_unsigned(control.token.empty() ? others : others | altact_sig_send::with_token);
  out.write_pid(control.from);
  if (const pid* const p = std::get_if<pid>(&control.to)) {
    out.write_pid(*p);
  } else if (const reference* const r = std::get_if<reference>(&control.to)) {
    out.write_reference(*r);
  } else {
    out.write_atom(*std::get_if<atom>(&control.to));
  }
  out.write_encoded(control.token);
}

}  // namespace beamnode::dist
