#pragma once
/// The side that listens.
///
/// Takes the new name message and the old one ('n', with its complement). Two moments belong to the
/// caller:
///
///   wants_decision      a node gave its name, nothing is proven: decide() on claim()
///   wants_confirmation  the cookie is proven: tear down an older connection with that node, then
///                       confirm(); only then does the peer learn that it is connected
///
/// A malformed name ends the handshake without a word; missing required flags and a host too long
/// for a dynamic name are answered not_allowed; a wrong cookie ends it without a word, as on a
/// BEAM.

#include <beamnode/handshake/conversation.hpp>
#include <beamnode/handshake/decision.hpp>

#include <functional>

namespace beamnode::handshake {

/// What a node says of itself before it has proven anything: keep it out of the atom table.
struct claim {
  std::string name;            // for a dynamic name: the one we would grant
  flag_set flags = 0;          // as offered; of an old name message its lower half
  std::uint32_t creation = 0;  // of an old name message 0
  bool dynamic_name = false;   // it asks for a name
  bool hidden = false;         // it does not publish itself
};

/// Randomness for the name of a node that asks for one.
struct dynamic_name_seed {
  std::uint64_t name = 0;
  std::uint32_t creation = 0;  // values below 4 are reserved and moved up
};

/// `<seed in base 36>@host`, as Erlang makes them.
[[nodiscard]] std::string make_dynamic_name(std::uint64_t seed, std::string_view host);

class acceptor final : public conversation {
 public:
  /// The cookie in use with the node of that name; asked once, when its proof is checked.
  using cookie_source = std::function<std::string(std::string_view peer_name)>;

  /// `challenge` and `seed` must be fresh and unpredictable.
  acceptor(local_node local, cookie_source cookie_for, std::uint32_t challenge,
           dynamic_name_seed seed, prefix framing = prefix::two_bytes);

  /// From wants_decision on.
  [[nodiscard]] const handshake::claim& claim() const noexcept { return claim_; }

  /// Only in wants_decision. nok and not_allowed fail with the code of that name once the status is
  /// written. alive waits for the peer's answer: "false" fails with alive_refused. To a dynamic
  /// name ok and ok_simultaneous grant it; alive means nothing there and is taken as not_allowed,
  /// and so is a granted name that is malformed or on another host.
  void decide(const decision& answer);

  /// Only in wants_confirmation: proves our cookie to the peer. Done when that is written.
  void confirm();
  /// Only in wants_confirmation: fails with confirmation_refused, without a word to the peer.
  void reject();

 private:
  void take(etf::bytes_view payload) override;
  void take_name(const name_message& name);
  void take_alive_answer(const alive_answer& answer);
  void take_complement(const complement_message& complement);
  void take_reply(const reply_message& reply);

  [[nodiscard]] bool invent_name(const std::string& host);
  [[nodiscard]] bool agree_on_flags(flag_set offered);
  void refuse(status_message::kind_type status, errc code, std::string detail);
  void grant(const decision& answer);
  void send_challenge();

  cookie_source cookie_for_;
  dynamic_name_seed seed_;
  handshake::claim claim_;
  bool old_form_ = false;
  digest proof_{};
};

}  // namespace beamnode::handshake
