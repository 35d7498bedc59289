#pragma once
/// Distribution flags: what a node can do, as a 64-bit set in the name and challenge messages
/// (erl_dist_protocol: Distribution Flags). Names are the official DFLAG_* ones.

#include <beamnode/handshake/error.hpp>

#include <cstdint>
#include <string>

namespace beamnode::handshake {

using flag_set = std::uint64_t;

namespace flag {

constexpr flag_set bit(unsigned position) noexcept { return flag_set{1} << position; }

inline constexpr flag_set published = bit(0);   // a visible node; hidden if either side lacks it
inline constexpr flag_set atom_cache = bit(1);  // obsolete, never offered
inline constexpr flag_set extended_references = bit(2);
inline constexpr flag_set dist_monitor = bit(3);
inline constexpr flag_set fun_tags = bit(4);
inline constexpr flag_set dist_monitor_name = bit(5);
inline constexpr flag_set hidden_atom_cache = bit(6);  // obsolete, never offered
inline constexpr flag_set new_fun_tags = bit(7);
inline constexpr flag_set extended_pids_ports = bit(8);
inline constexpr flag_set export_ptr_tag = bit(9);
inline constexpr flag_set bit_binaries = bit(10);
inline constexpr flag_set new_floats = bit(11);
inline constexpr flag_set unicode_io = bit(12);
inline constexpr flag_set dist_hdr_atom_cache = bit(13);  // distribution header with atom cache
inline constexpr flag_set small_atom_tags = bit(14);
inline constexpr flag_set utf8_atoms = bit(16);
inline constexpr flag_set map_tag = bit(17);
inline constexpr flag_set big_creation = bit(18);
inline constexpr flag_set send_sender = bit(19);
inline constexpr flag_set big_seqtrace_labels = bit(20);
inline constexpr flag_set exit_payload = bit(22);
inline constexpr flag_set fragments = bit(23);  // alone it already switches to distribution headers
inline constexpr flag_set handshake_23 = bit(24);
inline constexpr flag_set unlink_id = bit(25);
/// Shorthand for every flag mandatory since OTP 25. (The published docs print 1 bsl 36; every
/// release uses bit 26.)
inline constexpr flag_set mandatory_25_digest = bit(26);
inline constexpr flag_set spawn = bit(32);
inline constexpr flag_set name_me = bit(33);  // a request for a dynamic name, not a capability
inline constexpr flag_set v4_nc = bit(34);
inline constexpr flag_set alias = bit(35);
inline constexpr flag_set altact_sig = bit(37);
inline constexpr flag_set native_records = bit(38);

}  // namespace flag

/// What OTP 25 made mandatory.
inline constexpr flag_set required_since_25 =
    flag::extended_references | flag::fun_tags | flag::new_fun_tags | flag::extended_pids_ports |
    flag::export_ptr_tag | flag::bit_binaries | flag::new_floats | flag::utf8_atoms |
    flag::map_tag | flag::big_creation | flag::handshake_23;
/// What OTP 26 added to it.
inline constexpr flag_set required_since_26 = flag::unlink_id | flag::v4_nc;
/// What a peer must offer to be connected with us.
inline constexpr flag_set required = required_since_25 | required_since_26;
/// What we must offer so that every release from 23 to 29 takes us: the required flags and their
/// digest bit.
inline constexpr flag_set mandatory = required | flag::mandatory_25_digest;
/// All that a node of ours takes: everything OTP 29 offers but `published`, which visible nodes
/// add.
inline constexpr flag_set offered_now =
    mandatory | flag::dist_monitor | flag::dist_monitor_name | flag::unicode_io |
    flag::dist_hdr_atom_cache | flag::small_atom_tags | flag::send_sender |
    flag::big_seqtrace_labels | flag::exit_payload | flag::fragments | flag::spawn | flag::alias |
    flag::altact_sig | flag::native_records;

/// `offered` with what its digest bit stands for spelled out.
[[nodiscard]] constexpr flag_set expand_digest(flag_set offered) noexcept {
  return (offered & flag::mandatory_25_digest) != 0 ? offered | required_since_25 : offered;
}

/// The flags in force on a connection: ours and theirs (digest bit expanded), without NAME_ME,
/// which is a request and never in force. Fails with flags_missing if the peer lacks a required
/// one; the sentence names what is missing.
[[nodiscard]] result<flag_set> negotiate(flag_set ours, flag_set theirs);

/// The names of the flags in `set` under their official names, e.g. "UNLINK_ID, V4_NC". Bits
/// without a name come as "bit 41".
[[nodiscard]] std::string names_of(flag_set set);

}  // namespace beamnode::handshake
