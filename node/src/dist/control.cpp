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
  /// What nobody looks at must be a term all the same.
  void ignored() { term(); }

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

template <class Control> void from_to(fields& in, message& into) {
  in.expect_arity(3);
  auto& control = into.emplace<Control>();
  control.from = in.pid();
  control.to = in.pid();
}

template <class Control> void from_to_token(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  auto& control = into.emplace<Control>();
  control.from = in.pid();
  control.to = in.pid();
  if (traced) control.token = in.term();
}

template <class Control> void from_to_reason(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 5 : 4);
  auto& control = into.emplace<Control>();
  control.from = in.pid();
  control.to = in.pid();
  if (traced) control.token = in.term();
  control.reason = in.term();
}

template <class Control> void monitoring(fields& in, message& into) {
  in.expect_arity(4);
  auto& control = into.emplace<Control>();
  control.from = in.pid();
  control.target = in.process();
  control.ref = in.reference();
}

template <class Control> void unlinking(fields& in, message& into) {
  in.expect_arity(4);
  auto& control = into.emplace<Control>();
  control.id = in.unlink_number();
  control.from = in.pid();
  control.to = in.pid();
}

void read_send(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  auto& control = into.emplace<send>();
  in.ignored();  // once the cookie
  control.to = in.pid();
  if (traced) control.token = in.term();
}

void read_reg_send(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 5 : 4);
  auto& control = into.emplace<reg_send>();
  control.from = in.pid();
  in.ignored();  // once the cookie
  control.name = in.atom();
  if (traced) control.token = in.term();
}

void read_group_leader(fields& in, message& into) {
  in.expect_arity(3);
  auto& control = into.emplace<group_leader>();
  control.leader = in.pid();
  control.to = in.pid();
}

void read_monitor_p_exit(fields& in, message& into) {
  in.expect_arity(5);
  auto& control = into.emplace<monitor_p_exit>();
  control.watched = in.process();
  control.watcher = in.pid();
  control.ref = in.reference();
  control.reason = in.term();
}

void read_payload_monitor_p_exit(fields& in, message& into) {
  in.expect_arity(4);
  auto& control = into.emplace<payload_monitor_p_exit>();
  control.watched = in.process();
  control.watcher = in.pid();
  control.ref = in.reference();
}

void read_spawn_request(reader& in, fields& elements, message& into, bool traced) {
  elements.expect_arity(traced ? 7 : 6);
  auto& control = into.emplace<spawn_request>();
  control.req_id = elements.reference();
  control.from = elements.pid();
  control.group_leader = elements.pid();
  in.expect_tuple(3);
  control.module = elements.atom();
  control.function = elements.atom();
  control.arity = elements.small_number();
  control.options = elements.term();
  if (traced) control.token = elements.term();
}

void read_spawn_reply(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 6 : 5);
  auto& control = into.emplace<spawn_reply>();
  control.req_id = in.reference();
  control.to = in.pid();
  control.flags = in.flags();
  control.result = in.process();
  if (traced) control.token = in.term();
}

void read_alias_send(fields& in, message& into, bool traced) {
  in.expect_arity(traced ? 4 : 3);
  auto& control = into.emplace<alias_send>();
  control.from = in.pid();
  control.alias = in.reference();
  if (traced) control.token = in.term();
}

void read_altact_sig_send(reader& in, fields& elements, message& into) {
  auto& control = into.emplace<altact_sig_send>();
  const std::uint8_t* const at = in.position();
  control.flags = elements.flags();
  const bool traced = (control.flags & altact_sig_send::with_token) != 0;
  const bool to_alias = (control.flags & altact_sig_send::to_alias) != 0;
  const bool to_name = (control.flags & altact_sig_send::to_name) != 0;
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
}

void read_elements(reader& in, fields& elements, std::uint64_t op, message& into) {
  switch (op <= UINT8_MAX ? static_cast<opcode>(op) : opcode{}) {
    case opcode::link: return from_to<link>(elements, into);
    case opcode::send: return read_send(elements, into, false);
    case opcode::exit: return from_to_reason<exit>(elements, into, false);
    case opcode::unlink: return from_to<unlink>(elements, into);
    case opcode::reg_send: return read_reg_send(elements, into, false);
    case opcode::group_leader: return read_group_leader(elements, into);
    case opcode::exit2: return from_to_reason<exit2>(elements, into, false);
    case opcode::send_tt: return read_send(elements, into, true);
    case opcode::exit_tt: return from_to_reason<exit>(elements, into, true);
    case opcode::reg_send_tt: return read_reg_send(elements, into, true);
    case opcode::exit2_tt: return from_to_reason<exit2>(elements, into, true);
    case opcode::monitor_p: return monitoring<monitor_p>(elements, into);
    case opcode::demonitor_p: return monitoring<demonitor_p>(elements, into);
    case opcode::monitor_p_exit: return read_monitor_p_exit(elements, into);
    case opcode::send_sender: return from_to_token<send_sender>(elements, into, false);
    case opcode::send_sender_tt: return from_to_token<send_sender>(elements, into, true);
    case opcode::payload_exit: return from_to_token<payload_exit>(elements, into, false);
    case opcode::payload_exit_tt: return from_to_token<payload_exit>(elements, into, true);
    case opcode::payload_exit2: return from_to_token<payload_exit2>(elements, into, false);
    case opcode::payload_exit2_tt: return from_to_token<payload_exit2>(elements, into, true);
    case opcode::payload_monitor_p_exit: return read_payload_monitor_p_exit(elements, into);
    case opcode::spawn_request: return read_spawn_request(in, elements, into, false);
    case opcode::spawn_request_tt: return read_spawn_request(in, elements, into, true);
    case opcode::spawn_reply: return read_spawn_reply(elements, into, false);
    case opcode::spawn_reply_tt: return read_spawn_reply(elements, into, true);
    case opcode::alias_send: return read_alias_send(elements, into, false);
    case opcode::alias_send_tt: return read_alias_send(elements, into, true);
    case opcode::unlink_id: return unlinking<unlink_id>(elements, into);
    case opcode::unlink_id_ack: return unlinking<unlink_id_ack>(elements, into);
    case opcode::altact_sig_send: return read_altact_sig_send(in, elements, into);
    case opcode::node_link: break;
  }
  for (std::size_t read = 1; read < elements.arity() && in.ok(); ++read) elements.ignored();
  into.emplace<unknown>(op);
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

void parse(reader& in, message& into) {
  const std::uint8_t* const tuple = in.position();
  fields elements{in, tuple, in.read_tuple()};
  if (in.ok() && elements.arity() == 0) in.fail_at(tuple, errc::wrong_arity, kind::tuple);
  const std::uint64_t op = elements.number();
  if (in.ok()) read_elements(in, elements, op, into);
}

etf::result<message> parse(reader& in) {
  message control;
  parse(in, control);
  if (!in.ok()) return in.failure();
  return control;
}

}  // namespace beamnode::dist
