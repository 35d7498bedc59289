#pragma once
/// What an acceptor says to a node that wants to connect, and how two nodes that dial each other at
/// the same moment end up with one connection (erl_dist_protocol: Distribution Handshake, the
/// status message).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace beamnode::handshake {

struct decision {
  enum kind_type : std::uint8_t {
    ok,
    ok_simultaneous,  // we were dialling that node, too, and drop our attempt
    nok,              // our own attempt goes on, this one ends
    not_allowed,      // refused for good
    alive,            // we are connected with that node: ask whether it knows better
  };

  decision(kind_type what) : kind(what) {}  // NOLINT(*-explicit-*): decision::ok is a decision
  /// ok, and to a node that asked for a dynamic name: this one. For a host whose dynamic node has
  /// departed, Erlang gives its name again, with the creation one higher.
  static decision grant(std::string name, std::uint32_t creation) {
    decision answer(ok);
    answer.name = std::move(name);
    answer.creation = creation;
    return answer;
  }

  kind_type kind;
  std::string name;            // granted; empty: the one the claim was given
  std::uint32_t creation = 0;  // of the granted name
};

/// Our own attempt to connect with the node that now connects with us.
enum class outgoing_attempt : std::uint8_t { none, not_started, started };

/// The tie-break for an incoming connection: of two attempts that cross, the one of the node with
/// the greater name lives (bytewise order). An attempt that has not sent anything yet always
/// yields. A node that claims our own name gets nok. Says nothing about a connection that is up:
/// that is decision::alive.
[[nodiscard]] decision decide_simultaneous(std::string_view our_name, std::string_view peer_name,
                                           outgoing_attempt ours);

}  // namespace beamnode::handshake
