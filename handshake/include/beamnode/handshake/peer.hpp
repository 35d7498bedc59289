#pragma once
/// Who takes part in a handshake: we, and the node at the other end.

#include <beamnode/handshake/flags.hpp>

#include <cstdint>
#include <string>

namespace beamnode::handshake {

/// We. `creation` tells this run of the program from earlier ones with the same name: one constant
/// for the process's whole life, never 0 to 3.
struct local_node {
  std::string name;  // name@host; the host alone when asking for a dynamic name
  flag_set flags = offered_now;
  std::uint32_t creation = 0;
};

/// The node at the other end, its cookie proven.
struct peer {
  std::string name;
  flag_set flags = 0;    // in force: ours and theirs
  flag_set offered = 0;  // as they sent them
  std::uint32_t creation = 0;
  bool dynamic_name = false;  // one end has a name that lives only as long as this connection
  bool hidden = false;        // either side does not publish itself
};

}  // namespace beamnode::handshake
