#pragma once
/// The side that connects.
///
///     initiator machine({.name = "a@127.0.0.1", .creation = c}, "b@127.0.0.1", cookie, challenge);
///
/// Sends the name in its new form only ('N': OTP 23 and later), wants a decision if the peer
/// believes that a connection with us is up already (status alive), and is done when the peer has
/// proven the cookie, too. Refuses a peer that is not the one asked for, that lacks a required
/// flag, or that sends our own challenge back as its own: such a peer could echo our proof.
///
/// A peer that holds another cookie just closes after our challenge reply; that is reported as
/// cookie_mismatch. After status nok the peer's own attempt is on its way in: wait for it before
/// dialling again.

#include <beamnode/handshake/conversation.hpp>

namespace beamnode::handshake {

struct initiator_options {
  prefix framing = prefix::two_bytes;
  /// Asks the peer for a name (DFLAG_NAME_ME): local_node.name is then the host alone. Granted name
  /// and creation are in local() once done, and end with this connection.
  bool dynamic_name = false;
};

class initiator final : public conversation {
 public:
  /// `cookie` is the one in use with this peer; `challenge` must be fresh and unpredictable.
  initiator(local_node local, std::string peer_name, std::string cookie, std::uint32_t challenge,
            initiator_options options = {});

  /// Only in wants_decision: whether this attempt is still wanted although the peer believes that
  /// we are connected. still_wanted lets the peer drop its old connection; abort fails with
  /// alive_refused once "false" is written.
  void decide(alive_answer answer);

 private:
  void take(etf::bytes_view payload) override;
  void take_status(const status_message& status);
  void take_grant(const status_message& status);
  void take_challenge(const challenge_message& theirs);
  void take_ack(const ack_message& ack);

  std::string cookie_;
  bool asked_for_name_;
};

}  // namespace beamnode::handshake
