#include <beamnode/handshake/flags.hpp>

#include <array>
#include <bit>
#include <string_view>

namespace beamnode::handshake {
namespace {

struct named_flag {
  flag_set bits;
  std::string_view name;
};

constexpr std::array named_flags{
    named_flag{flag::published, "PUBLISHED"},
    named_flag{flag::atom_cache, "ATOM_CACHE"},
    named_flag{flag::extended_references, "EXTENDED_REFERENCES"},
    named_flag{flag::dist_monitor, "DIST_MONITOR"},
    named_flag{flag::fun_tags, "FUN_TAGS"},
    named_flag{flag::dist_monitor_name, "DIST_MONITOR_NAME"},
    named_flag{flag::hidden_atom_cache, "HIDDEN_ATOM_CACHE"},
    named_flag{flag::new_fun_tags, "NEW_FUN_TAGS"},
    named_flag{flag::extended_pids_ports, "EXTENDED_PIDS_PORTS"},
    named_flag{flag::export_ptr_tag, "EXPORT_PTR_TAG"},
    named_flag{flag::bit_binaries, "BIT_BINARIES"},
    named_flag{flag::new_floats, "NEW_FLOATS"},
    named_flag{flag::unicode_io, "UNICODE_IO"},
    named_flag{flag::dist_hdr_atom_cache, "DIST_HDR_ATOM_CACHE"},
    named_flag{flag::small_atom_tags, "SMALL_ATOM_TAGS"},
    named_flag{flag::utf8_atoms, "UTF8_ATOMS"},
    named_flag{flag::map_tag, "MAP_TAG"},
    named_flag{flag::big_creation, "BIG_CREATION"},
    named_flag{flag::send_sender, "SEND_SENDER"},
    named_flag{flag::big_seqtrace_labels, "BIG_SEQTRACE_LABELS"},
    named_flag{flag::exit_payload, "EXIT_PAYLOAD"},
    named_flag{flag::fragments, "FRAGMENTS"},
    named_flag{flag::handshake_23, "HANDSHAKE_23"},
    named_flag{flag::unlink_id, "UNLINK_ID"},
    named_flag{flag::mandatory_25_digest, "MANDATORY_25_DIGEST"},
    named_flag{flag::spawn, "SPAWN"},
    named_flag{flag::name_me, "NAME_ME"},
    named_flag{flag::v4_nc, "V4_NC"},
    named_flag{flag::alias, "ALIAS"},
    named_flag{flag::altact_sig, "ALTACT_SIG"},
    named_flag{flag::native_records, "NATIVE_RECORDS"},
};

// The release that brought the youngest of the missing flags: what the peer is probably older than.
std::string_view release_with(flag_set missing) noexcept {
  if ((missing & flag::v4_nc) != 0) return "OTP 24";
  if ((missing & flag::unlink_id) != 0) return "OTP 23.3";
  if ((missing & flag::handshake_23) != 0) return "OTP 23";
  return "OTP 19";
}

}  // namespace

result<flag_set> negotiate(flag_set ours, flag_set theirs) {
  const flag_set offered = expand_digest(theirs);
  const flag_set missing = required & ~offered;
  if (missing != 0) {
    return error(errc::flags_missing, "offers no " + names_of(missing) + ": older than " +
                                          std::string(release_with(missing)) + "?");
  }
  return expand_digest(ours) & offered & ~flag::name_me;
}

std::string names_of(flag_set set) {
  std::string text;
  for (; set != 0; set &= set - 1) {
    const unsigned position = static_cast<unsigned>(std::countr_zero(set));
    if (!text.empty()) text += ", ";
    std::string name = "bit " + std::to_string(position);
    for (const auto& known : named_flags) {
      if (known.bits == flag::bit(position)) name = known.name;
    }
    text += name;
  }
  return text;
}

}  // namespace beamnode::handshake
