#pragma once
/// Identifiers, control messages and conversions that several tests of dist use.

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dist/channel.hpp"
#include "support/hex.hpp"

namespace beamnode::test {

using namespace etf::literals;

inline const etf::pid alice{"a@h"_atom, 1, 2, 3};
inline const etf::pid bob{"b@h"_atom, 0x0FFF'FFFF, 0xFFFF'FFFF, 0xFFFF'FFFF};
inline const etf::reference some_ref{"a@h"_atom, 3, {0x3FFFF, 2, 3}, 3};
inline const byte_string reason = "680277026f6b6101"_hex;           // {ok, 1}
inline const byte_string token = "68056100611161017701616101"_hex;  // {0, 17, 1, a, 1}
inline const byte_string hello = "770568656c6c6f"_hex;              // hello
inline const byte_string options = "6c0000000177046c696e6b6a"_hex;  // [link]

/// Every control message with every kind of target, without and with a token.
inline std::vector<dist::message> all_messages() {
  using namespace dist;
  std::vector<message> all;
  for (const bytes_view trace : {bytes_view{}, bytes_view(token)}) {
    all.emplace_back(send{bob, trace});
    all.emplace_back(exit{alice, bob, reason, trace});
    all.emplace_back(reg_send{alice, "name"_atom, trace});
    all.emplace_back(exit2{alice, bob, reason, trace});
    all.emplace_back(send_sender{alice, bob, trace});
    all.emplace_back(payload_exit{alice, bob, trace});
    all.emplace_back(payload_exit2{alice, bob, trace});
    all.emplace_back(spawn_request{some_ref, alice, bob, "m"_atom, "f"_atom, 300, options, trace});
    all.emplace_back(spawn_reply{some_ref, alice, spawn_reply::monitor_made, bob, trace});
    all.emplace_back(spawn_reply{some_ref, alice, 0, "badopt"_atom, trace});
    all.emplace_back(alias_send{alice, some_ref, trace});
    const std::uint64_t traced = trace.empty() ? 0 : altact_sig_send::with_token;
    all.emplace_back(altact_sig_send{altact_sig_send::priority | traced, alice, bob, trace});
    all.emplace_back(altact_sig_send{altact_sig_send::to_alias | traced, alice, some_ref, trace});
    all.emplace_back(altact_sig_send{altact_sig_send::to_name | traced, alice, "name"_atom, trace});
  }
  all.emplace_back(link{alice, bob});
  all.emplace_back(unlink{alice, bob});
  all.emplace_back(group_leader{alice, bob});
  for (const pid_or_name& target : {pid_or_name(bob), pid_or_name("name"_atom)}) {
    all.emplace_back(monitor_p{alice, target, some_ref});
    all.emplace_back(demonitor_p{alice, target, some_ref});
    all.emplace_back(monitor_p_exit{target, bob, some_ref, reason});
    all.emplace_back(payload_monitor_p_exit{target, bob, some_ref});
  }
  all.emplace_back(unlink_id{UINT64_MAX, alice, bob});
  all.emplace_back(unlink_id_ack{1, alice, bob});
  return all;
}

inline byte_string encoded(const dist::message& control) {
  etf::byte_buffer bytes;
  etf::writer out(bytes);
  std::visit(
      [&](const auto& known) {
        if constexpr (requires { write(out, known); }) write(out, known);
      },
      control);
  return bytes_of(bytes.view());
}

inline etf::result<dist::message> parsed(etf::bytes_view bytes) {
  etf::reader in(bytes);
  auto control = dist::parse(in);
  if (control && !in.at_end()) return etf::error(etf::errc::trailing_bytes, in.offset());
  return control;
}

/// Sends any message of all_messages() that has a way to be written.
inline bool send_any(dist::channel& to, const dist::message& control, etf::bytes_view payload) {
  return std::visit(
      [&](const auto& known) {
        if constexpr (requires { to.send(alice, known, payload); }) {
          return to.send(alice, known, payload);
        }
        return false;
      },
      control);
}

inline bool takes_payload(const dist::message& control) {
  return dist::has_payload(static_cast<dist::opcode>(dist::operation_of(control)));
}

/// A frame: its length and its body.
inline byte_string framed(etf::bytes_view body) {
  return bytes_of(big(static_cast<std::uint32_t>(body.size())), body);
}

/// `from_start` after the beginning of the test's time.
inline dist::channel::time_point at(std::chrono::nanoseconds from_start) {
  return dist::channel::time_point(std::chrono::hours(1)) + from_start;
}

/// Terms with their atoms spelled out.
inline byte_string spelled_out(etf::bytes_view terms, std::span<const etf::atom> atom_refs) {
  etf::byte_buffer bytes;
  etf::writer(bytes).write_encoded(terms, atom_refs);
  return bytes_of(bytes.view());
}

/// Gives `bytes` to the channel, `at_once` at a time at most.
inline void receive(dist::channel& by, etf::bytes_view bytes, std::size_t at_once = SIZE_MAX,
                    dist::channel::time_point now = at({})) {
  while (!bytes.empty()) {
    const auto room = by.prepare();
    const std::size_t count = std::min({bytes.size(), room.size(), at_once});
    std::ranges::copy(bytes.first(count), room.begin());
    by.commit(count, now);
    bytes = bytes.subspan(count);
  }
}

/// What the channel would write now.
inline byte_string next_output(dist::channel& from) {
  byte_string some;
  std::array<etf::bytes_view, 8> pieces;
  const std::size_t count = from.output(pieces);
  for (std::size_t i = 0; i < count; ++i) {
    some.insert(some.end(), pieces.at(i).begin(), pieces.at(i).end());
  }
  return some;
}

/// All that the channel has to write, written.
inline byte_string drained(dist::channel& from, dist::channel::time_point now = at({})) {
  byte_string all;
  while (from.pending_output() != 0) {
    const byte_string some = next_output(from);
    all.insert(all.end(), some.begin(), some.end());
    from.written(some.size(), now);
  }
  return all;
}

}  // namespace beamnode::test
