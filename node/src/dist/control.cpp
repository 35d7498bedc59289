#include "dist/control.hpp"

#include <beamnode/etf/external.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace beamnode::dist {
namespace {

using etf::errc;
using etf::kind;
using etf::reader;

/// Reads the elements of one control tuple, whose arity and operation have been read.
class fields {
 public:
  fields(reader& in, const std::uint8_t* tuple, std::size_t arity)
      : in_(in), tuple_(tuple), arity_(arity) {}

  void expect_arity(std::size_t arity) {
    if (arity_ != arity) in_.fail_at(tuple_, errc::wrong_arity, kind::tuple);
  }
  [[nodiscard]] std::size_t arity() const { return arity_; }

  etf::pid pid() { return in_.read_pid(); }
  etf::atom atom() { return in_.read_atom(); }
  etf::reference reference() { return in_.read_reference(); }
  /// A term that is passed on as bytes, so it is checked here.
  bytes_view term() {
    if (!in_.ok()) return {};
    const auto valid = etf::validate(in_.rest(), {}, in_.atom_refs());
    if (!valid) in_.fail_at(in_.position() + valid.error().offset(), valid.error().code());
    return in_.skip();
  }
  std::uint64_t number() { return in_.read_unsigned(); }
  void ignored() { in_.skip(); }

  pid_or_name process() {
    if (in_.peek() == kind::atom) return in_.read_atom();
    return in_.read_pid();
  }

  std::uint64_t unlink_number() {
    const std::uint8_t* const at = in_.position();
    const std::uint64_t id = in_.read_unsigned();
    if (id == 0) in_.fail_at(at, errc::out_of_range, kind::integer);
    return id;
  }

  std::uint32_t small_number() {
    const std::uint8_t* const at = in_.position();
    const std::uint64_t value = in_.read_unsigned();
    if (value > UINT32_MAX) in_.fail_at(at, errc::out_of_range, kind::integer);
    return static_cast<std::uint32_t>(value);
  }

  /// Flags are a set of bits that may outgrow 64 of them one day.
  std::uint64_t flags() {
    const std::uint8_t* const at = in_.position();
    std::array<std::uint8_t, 8> scratch{};
    const etf::big_view big = in_.read_big(scratch);
    if (big.negative) in_.fail_at(at, errc::out_of_range, kind::integer);
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < big.magnitude.size() && i < 8; ++i) {
      low |= std::uint64_t{big.magnitude[i]} << (8 * i);
    }
    return low;
  }

 private:
  reader& in_;
  const std::uint8_t* tuple_;
  std::size_t arity_;
};

// Every element is read by a statement of its own: the order of function arguments is unspecified.

template <class Control> message from_to(fields& in) {
  in.expect_arity(3);
  Control control;
  control.from = in.pid();
  control.to = in.pid();
  return control;
}

template <class Control> message from_to_token(fields& in, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  Control control;
  control.from = in.pid();
  control.to = in.pid();
  if (traced) control.token = in.term();
  return control;
}

template <class Control> message from_to_reason(fields& in, bool traced) {
  in.expect_arity(traced ? 5 : 4);
  Control control;
  control.from = in.pid();
  control.to = in.pid();
  if (traced) control.token = in.term();
  control.reason = in.term();
  return control;
}

template <class Control> message monitoring(fields& in) {
  in.expect_arity(4);
  Control control;
  control.from = in.pid();
  control.target = in.process();
  control.ref = in.reference();
  return control;
}

template <class Control> message unlinking(fields& in) {
  in.expect_arity(4);
  Control control;
  control.id = in.unlink_number();
  control.from = in.pid();
  control.to = in.pid();
  return control;
}

message read_send(fields& in, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  send control;
  in.ignored();  // once the cookie
  control.to = in.pid();
  if (traced) control.token = in.term();
  return control;
}

message read_reg_send(fields& in, bool traced) {
  in.expect_arity(traced ? 5 : 4);
  reg_send control;
  control.from = in.pid();
  in.ignored();  // once the cookie
  control.name = in.atom();
  if (traced) control.token = in.term();
  return control;
}

message read_group_leader(fields& in) {
  in.expect_arity(3);
  group_leader control;
  control.leader = in.pid();
  control.to = in.pid();
  return control;
}

message read_monitor_p_exit(fields& in) {
  in.expect_arity(5);
  monitor_p_exit control;
  control.watched = in.process();
  control.watcher = in.pid();
  control.ref = in.reference();
  control.reason = in.term();
  return control;
}

message read_payload_monitor_p_exit(fields& in) {
  in.expect_arity(4);
  payload_monitor_p_exit control;
  control.watched = in.process();
  control.watcher = in.pid();
  control.ref = in.reference();
  return control;
}

message read_spawn_request(reader& in, fields& elements, bool traced) {
  elements.expect_arity(traced ? 7 : 6);
  spawn_request control;
  control.req_id = elements.reference();
  control.from = elements.pid();
  control.group_leader = elements.pid();
  in.expect_tuple(3);
  control.module = elements.atom();
  control.function = elements.atom();
  control.arity = elements.small_number();
  control.options = elements.term();
  if (traced) control.token = elements.term();
  return control;
}

message read_spawn_reply(fields& in, bool traced) {
  in.expect_arity(traced ? 6 : 5);
  spawn_reply control;
  control.req_id = in.reference();
  control.to = in.pid();
  control.flags = in.flags();
  control.result = in.process();
  if (traced) control.token = in.term();
  return control;
}

message read_alias_send(fields& in, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  alias_send control;
  control.from = in.pid();
  control.alias = in.reference();
  if (traced) control.token = in.term();
  return control;
}

message read_altact_sig_send(reader& in, fields& elements) {
  using control_type = altact_sig_send;
  control_type control;
  const std::uint8_t* const at = in.position();
  control.flags = elements.flags();
  const bool traced = (control.flags & control_type::with_token) != 0;
  const bool to_alias = (control.flags & control_type::to_alias) != 0;
  const bool to_name = (control.flags & control_type::to_name) != 0;
  if (elements.arity() < (traced ? 5U : 4U)) elements.expect_arity(traced ? 5 : 4);
  if (to_alias && to_name) in.fail_at(at, errc::wrong_value, kind::integer);
  control.from = elements.pid();
  if (to_alias) {
    control.to = elements.reference();
  } else if (to_name) {
    control.to = elements.atom();
  } else {
    control.to = elements.pid();
  }
  std::size_t read = 4;
  if (traced) {
    control.token = elements.term();
    ++read;
  }
  for (; read < elements.arity() && in.ok(); ++read) elements.ignored();
  return control;
}

message read_elements(reader& in, fields& elements, std::uint64_t op) {
  switch (op <= UINT8_MAX ? static_cast<opcode>(op) : opcode{}) {
    case opcode::link: return from_to<link>(elements);
    case opcode::send: return read_send(elements, false);
    case opcode::exit: return from_to_reason<exit>(elements, false);
    case opcode::unlink: return from_to<unlink>(elements);
    case opcode::reg_send: return read_reg_send(elements, false);
    case opcode::group_leader: return read_group_leader(elements);
    case opcode::exit2: return from_to_reason<exit2>(elements, false);
    case opcode::send_tt: return read_send(elements, true);
    case opcode::exit_tt: return from_to_reason<exit>(elements, true);
    case opcode::reg_send_tt: return read_reg_send(elements, true);
    case opcode::exit2_tt: return from_to_reason<exit2>(elements, true);
    case opcode::monitor_p: return monitoring<monitor_p>(elements);
    case opcode::demonitor_p: return monitoring<demonitor_p>(elements);
    case opcode::monitor_p_exit: return read_monitor_p_exit(elements);
    case opcode::send_sender: return from_to_token<send_sender>(elements, false);
    case opcode::send_sender_tt: return from_to_token<send_sender>(elements, true);
    case opcode::payload_exit: return from_to_token<payload_exit>(elements, false);
    case opcode::payload_exit_tt: return from_to_token<payload_exit>(elements, true);
    case opcode::payload_exit2: return from_to_token<payload_exit2>(elements, false);
    case opcode::payload_exit2_tt: return from_to_token<payload_exit2>(elements, true);
    case opcode::payload_monitor_p_exit: return read_payload_monitor_p_exit(elements);
    case opcode::spawn_request: return read_spawn_request(in, elements, false);
    case opcode::spawn_request_tt: return read_spawn_request(in, elements, true);
    case opcode::spawn_reply: return read_spawn_reply(elements, false);
    case opcode::spawn_reply_tt: return read_spawn_reply(elements, true);
    case opcode::alias_send: return read_alias_send(elements, false);
    case opcode::alias_send_tt: return read_alias_send(elements, true);
    case opcode::unlink_id: return unlinking<unlink_id>(elements);
    case opcode::unlink_id_ack: return unlinking<unlink_id_ack>(elements);
    case opcode::altact_sig_send: return read_altact_sig_send(in, elements);
    case opcode::node_link: break;
  }
  for (std::size_t read = 1; read < elements.arity() && in.ok(); ++read) elements.ignored();
  return unknown{op};
}

}  // namespace

std::uint64_t operation_of(const message& control) noexcept {
  return std::visit(
      [](const auto& m) -> std::uint64_t {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(m)>, unknown>) {
          return m.op;
        } else {
          return static_cast<std::uint8_t>(m.op);
        }
      },
      control);
}

etf::result<message> parse(reader& in) {
  const std::uint8_t* const tuple = in.position();
  fields elements{in, tuple, in.read_tuple()};
  if (in.ok() && elements.arity() == 0) in.fail_at(tuple, errc::wrong_arity, kind::tuple);
  const std::uint64_t op = elements.number();
  if (!in.ok()) return in.failure();
  message control = read_elements(in, elements, op);
  if (!in.ok()) return in.failure();
  return control;
}

}  // namespace beamnode::dist
