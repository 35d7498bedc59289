#pragma once
/// Control messages as structs (erl_dist_protocol: Protocol between Connected Nodes). Bytes in,
/// structs out, and back; who may send what to whom is decided elsewhere.
///
/// `token` is the sequential trace token of the "TT" operations as encoded bytes, empty for the
/// plain operation: one struct stands for both. Views point into what the reader was given.
/// A pid or name beside `from` is exactly the one the sender wrote: an answer must carry it back.

#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

#include <cstdint>
#include <variant>

#include "dist/opcode.hpp"

namespace beamnode::dist {

using etf::atom;
using etf::bytes_view;
using etf::pid;
using etf::reference;

/// A process as somebody named it: by its pid, or by the name it is registered under.
using pid_or_name = std::variant<pid, atom>;

/// {1, From, To}
struct link {
  static constexpr opcode op = opcode::link;
  pid from;
  pid to;
};

/// {2, '', To}, payload: the message
struct send {
  static constexpr opcode op = opcode::send;
  pid to;
  bytes_view token{};
};

/// {3, From, To, Reason}: a link broke. From peers without EXIT_PAYLOAD.
struct exit {
  static constexpr opcode op = opcode::exit;
  pid from;
  pid to;
  bytes_view reason;  // one encoded term
  bytes_view token{};
};

/// {4, From, To}: from peers without UNLINK_ID.
struct unlink {
  static constexpr opcode op = opcode::unlink;
  pid from;
  pid to;
};

/// {6, From, '', Name}, payload: the message
struct reg_send {
  static constexpr opcode op = opcode::reg_send;
  pid from;
  atom name;
  bytes_view token{};
};

/// {7, Leader, To}
struct group_leader {
  static constexpr opcode op = opcode::group_leader;
  pid leader;
  pid to;
};

/// {8, From, To, Reason}: exit/2. From peers without EXIT_PAYLOAD.
struct exit2 {
  static constexpr opcode op = opcode::exit2;
  pid from;
  pid to;
  bytes_view reason;  // one encoded term
  bytes_view token{};
};

/// {19, From, To, Ref}
struct monitor_p {
  static constexpr opcode op = opcode::monitor_p;
  pid from;
  pid_or_name target;
  reference ref;
};

/// {20, From, To, Ref}
struct demonitor_p {
  static constexpr opcode op = opcode::demonitor_p;
  pid from;
  pid_or_name target;
  reference ref;
};

/// {21, Watched, Watcher, Ref, Reason}: from peers without EXIT_PAYLOAD.
struct monitor_p_exit {
  static constexpr opcode op = opcode::monitor_p_exit;
  pid_or_name watched;
  pid watcher;
  reference ref;
  bytes_view reason;  // one encoded term
};

/// {22, From, To}, payload: the message
struct send_sender {
  static constexpr opcode op = opcode::send_sender;
  pid from;
  pid to;
  bytes_view token{};
};

/// {24, From, To}, payload: the reason. A link broke.
struct payload_exit {
  static constexpr opcode op = opcode::payload_exit;
  pid from;
  pid to;
  bytes_view token{};
};

/// {26, From, To}, payload: the reason. exit/2.
struct payload_exit2 {
  static constexpr opcode op = opcode::payload_exit2;
  pid from;
  pid to;
  bytes_view token{};
};

/// {28, Watched, Watcher, Ref}, payload: the reason
struct payload_monitor_p_exit {
  static constexpr opcode op = opcode::payload_monitor_p_exit;
  pid_or_name watched;
  pid watcher;
  reference ref;
};

/// {29, ReqId, From, GroupLeader, {Module, Function, Arity}, Options}, payload: the argument list
struct spawn_request {
  static constexpr opcode op = opcode::spawn_request;
  reference req_id;
  pid from;
  pid group_leader;
  atom module;
  atom function;
  std::uint32_t arity = 0;  // for information: the argument list decides
  bytes_view options;       // one encoded term, by rights a proper list
  bytes_view token{};
};

/// {31, ReqId, To, Flags, Result}
struct spawn_reply {
  static constexpr opcode op = opcode::spawn_reply;
  static constexpr std::uint64_t link_made = 1;
  static constexpr std::uint64_t monitor_made = 2;
  reference req_id;
  pid to;
  std::uint64_t flags = 0;
  pid_or_name result;  // the new process, or an atom that says why there is none
  bytes_view token{};
};

/// {33, From, Alias}, payload: the message
struct alias_send {
  static constexpr opcode op = opcode::alias_send;
  pid from;
  reference alias;
  bytes_view token{};
};

/// {35, Id, From, To}; an id of 0 is refused.
struct unlink_id {
  static constexpr opcode op = opcode::unlink_id;
  std::uint64_t id = 1;
  pid from;
  pid to;
};

/// {36, Id, From, To}: `from` is who got the UNLINK_ID, `to` who sent it.
struct unlink_id_ack {
  static constexpr opcode op = opcode::unlink_id_ack;
  std::uint64_t id = 1;
  pid from;
  pid to;
};

/// {37, Flags, From, To} or {37, Flags, From, To, Token}, payload: the message, or with exit_signal
/// the reason. Further elements and unknown flags are accepted, as the documentation asks. The kind
/// of `to` always agrees with the flags; write() sets with_token by the token.
struct altact_sig_send {
  static constexpr opcode op = opcode::altact_sig_send;
  static constexpr std::uint64_t priority = 1;
  static constexpr std::uint64_t with_token = 2;
  static constexpr std::uint64_t to_alias = 4;
  static constexpr std::uint64_t to_name = 8;
  static constexpr std::uint64_t exit_signal = 16;
  std::uint64_t flags = 0;  // the low 64 bits, should there be more
  pid from;
  std::variant<pid, reference, atom> to;
  bytes_view token{};
};

/// A well-formed tuple with an operation this node does not know: to be passed over, perhaps with a
/// line in the log. (A later OTP agrees on new operations by flags, so it should not happen.)
struct unknown {
  std::uint64_t op = 0;

  unknown() = default;
  explicit unknown(std::uint64_t number) : op(number) {}
};

using message = std::variant<link, send, exit, unlink, reg_send, group_leader, exit2, monitor_p,
                             demonitor_p, monitor_p_exit, send_sender, payload_exit, payload_exit2,
                             payload_monitor_p_exit, spawn_request, spawn_reply, alias_send,
                             unlink_id, unlink_id_ack, altact_sig_send, unknown>;

/// The plain operation of a message, also where it came with a token.
[[nodiscard]] std::uint64_t operation_of(const message& control) noexcept;

/// Reads one control tuple and leaves the reader behind it. Fails with what the reader fails with:
/// wrong_type for what is no tuple or an element of the wrong kind, wrong_arity, out_of_range; the
/// encoded terms inside (reason, options, token) are valid when it succeeds.
[[nodiscard]] etf::result<message> parse(etf::reader& in);
/// The same in place: `into` is meaningless where it leaves the reader failed.
void parse(etf::reader& in, message& into);

void write(etf::writer& out, const link& control);
void write(etf::writer& out, const send& control);
void write(etf::writer& out, const exit& control);
void write(etf::writer& out, const unlink& control);
void write(etf::writer& out, const reg_send& control);
void write(etf::writer& out, const group_leader& control);
void write(etf::writer& out, const exit2& control);
void write(etf::writer& out, const monitor_p& control);
void write(etf::writer& out, const demonitor_p& control);
void write(etf::writer& out, const monitor_p_exit& control);
void write(etf::writer& out, const send_sender& control);
void write(etf::writer& out, const payload_exit& control);
void write(etf::writer& out, const payload_exit2& control);
void write(etf::writer& out, const payload_monitor_p_exit& control);
void write(etf::writer& out, const spawn_request& control);
void write(etf::writer& out, const spawn_reply& control);
void write(etf::writer& out, const alias_send& control);
void write(etf::writer& out, const unlink_id& control);
void write(etf::writer& out, const unlink_id_ack& control);
void write(etf::writer& out, const altact_sig_send& control);

}  // namespace beamnode::dist
