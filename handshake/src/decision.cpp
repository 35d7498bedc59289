#include <beamnode/handshake/decision.hpp>

namespace beamnode::handshake {

decision decide_simultaneous(std::string_view our_name, std::string_view peer_name,
                             outgoing_attempt ours) {
  if (our_name == peer_name) return decision::nok;
  if (ours == outgoing_attempt::none) return decision::ok;
  // string_view compares bytes as unsigned, which for UTF-8 is the order of the characters.
  const bool ours_wins = ours == outgoing_attempt::started && our_name > peer_name;
  return ours_wins ? decision::nok : decision::ok_simultaneous;
}

}  // namespace beamnode::handshake
