// Our tables of flags and operations against the header files of the Erlang/OTP that is installed,
// if there is one. (ei.h stops at MONITOR_P_EXIT: opcode_test has the later operations from the
// documentation, control_vectors_test from running nodes.)
#include "dist/opcode.hpp"

#include <beamnode/handshake/flags.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace beamnode {
namespace {

namespace flag = handshake::flag;

struct entry {
  std::string_view name;
  handshake::flag_set value;
};
constexpr entry flags[] = {
    {"DFLAG_PUBLISHED", flag::published},
    {"DFLAG_ATOM_CACHE", flag::atom_cache},
    {"DFLAG_EXTENDED_REFERENCES", flag::extended_references},
    {"DFLAG_DIST_MONITOR", flag::dist_monitor},
    {"DFLAG_FUN_TAGS", flag::fun_tags},
    {"DFLAG_DIST_MONITOR_NAME", flag::dist_monitor_name},
    {"DFLAG_HIDDEN_ATOM_CACHE", flag::hidden_atom_cache},
    {"DFLAG_NEW_FUN_TAGS", flag::new_fun_tags},
    {"DFLAG_EXTENDED_PIDS_PORTS", flag::extended_pids_ports},
    {"DFLAG_EXPORT_PTR_TAG", flag::export_ptr_tag},
    {"DFLAG_BIT_BINARIES", flag::bit_binaries},
    {"DFLAG_NEW_FLOATS", flag::new_floats},
    {"DFLAG_UNICODE_IO", flag::unicode_io},
    {"DFLAG_DIST_HDR_ATOM_CACHE", flag::dist_hdr_atom_cache},
    {"DFLAG_SMALL_ATOM_TAGS", flag::small_atom_tags},
    {"DFLAG_UTF8_ATOMS", flag::utf8_atoms},
    {"DFLAG_MAP_TAG", flag::map_tag},
    {"DFLAG_BIG_CREATION", flag::big_creation},
    {"DFLAG_SEND_SENDER", flag::send_sender},
    {"DFLAG_BIG_SEQTRACE_LABELS", flag::big_seqtrace_labels},
    {"DFLAG_EXIT_PAYLOAD", flag::exit_payload},
    {"DFLAG_FRAGMENTS", flag::fragments},
    {"DFLAG_HANDSHAKE_23", flag::handshake_23},
    {"DFLAG_UNLINK_ID", flag::unlink_id},
    {"DFLAG_MANDATORY_25_DIGEST", flag::mandatory_25_digest},
    {"DFLAG_SPAWN", flag::spawn},
    {"DFLAG_NAME_ME", flag::name_me},
    {"DFLAG_V4_NC", flag::v4_nc},
    {"DFLAG_ALIAS", flag::alias},
    {"DFLAG_ALTACT_SIG", flag::altact_sig},
    {"DFLAG_NATIVE_RECORDS", flag::native_records},
};

/// "16#01" or "(16#01 bsl 32)", as the header writes numbers.
std::optional<std::uint64_t> number(std::string text) {
  if (text.starts_with('(')) text.erase(0, 1);
  if (!text.starts_with("16#")) return {};
  std::size_t used = 0;
  std::uint64_t value = std::stoull(text.substr(3), &used, 16);
  const auto shift = text.find(" bsl ");
  if (shift != std::string::npos) value <<= std::stoul(text.substr(shift + 5));
  return value;
}

/// -define(DFLAG_NAME, Number). of every line that has one.
std::map<std::string, std::uint64_t, std::less<>> defined_in(std::ifstream& header) {
  constexpr std::string_view start = "-define(";
  std::map<std::string, std::uint64_t, std::less<>> found;
  for (std::string line; std::getline(header, line);) {
    const auto comma = line.find(',');
    if (!line.starts_with(start) || comma == std::string::npos) continue;
    const std::string name = line.substr(start.size(), comma - start.size());
    auto from = comma + 1;
    while (from < line.size() && std::isspace(static_cast<unsigned char>(line[from])) != 0) ++from;
    if (const auto value = number(line.substr(from))) found[name] = *value;
  }
  return found;
}

TEST_CASE("our flags are those of the installed OTP's dist.hrl") {
  std::ifstream header(BEAMNODE_DIST_HRL);
  if (!header) {
    MESSAGE(
        "skipped: no Erlang/OTP with kernel/include/dist.hrl was found when this was configured");
    return;
  }
  const auto defined = defined_in(header);
  REQUIRE(defined.size() > 20);
  for (const auto& [name, value] : flags) {
    CAPTURE(name);
    const auto found = defined.find(name);
    if (found != defined.end()) CHECK(found->second == value);  // older headers lack the newest
  }
  std::size_t unknown = 0;
  for (const auto& [name, value] : defined) {
    if (!name.starts_with("DFLAG_") || name == "DFLAG_RESERVED" || name == "DFLAG_LOCAL_EXT")
      continue;
    CAPTURE(name);
    const bool listed = std::ranges::any_of(flags, [&](const entry& f) { return f.name == name; });
    if (!listed) ++unknown;
    CHECK_MESSAGE(listed, "OTP has a flag that our table lacks");
  }
  CHECK(unknown == 0);
}

TEST_CASE("our operations are those of the installed OTP's ei.h") {
  std::ifstream header(BEAMNODE_EI_H);
  if (!header) {
    MESSAGE("skipped: no Erlang/OTP with ei.h was found when this was configured");
    return;
  }
  // #define ERL_MONITOR_P 19
  std::map<std::string, int> defined;
  for (std::string line; std::getline(header, line);) {
    std::istringstream words(line);
    std::string define;
    std::string name;
    int value = 0;
    if (words >> define >> name >> value && define == "#define" && name.starts_with("ERL_")) {
      defined.emplace(name.substr(4), value);
    }
  }
  int compared = 0;
  for (int number = 1; number <= 37; ++number) {
    const std::string name(dist::name_of(static_cast<dist::opcode>(number)));
    const auto found = defined.find(name);
    if (found == defined.end()) continue;
    CAPTURE(name);
    CHECK(found->second == number);
    ++compared;
  }
  CHECK(compared >= 15);
}

}  // namespace
}  // namespace beamnode
