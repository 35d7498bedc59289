#include <beamnode/handshake/initiator.hpp>

#include <beamnode/etf/node_name.hpp>

namespace beamnode::handshake {

initiator::initiator(local_node local_side, std::string peer_name, std::string cookie,
                     std::uint32_t our_challenge, initiator_options options)
    : conversation(side::initiator, step::status, std::move(local_side), our_challenge,
                   options.framing),
      cookie_(std::move(cookie)),
      asked_for_name_(options.dynamic_name) {
  them().name = std::move(peer_name);
  us().flags &= ~flag::name_me;
  if (asked_for_name_) {
    us().flags = (us().flags & ~flag::published) | flag::name_me;
    us().creation = 0;
  }
  send(name_message{us().flags, us().creation, us().name});
}

void initiator::decide(alive_answer answer) {
  if (failed() || at() != step::alive_answer) return;
  send(answer);
  if (answer == alive_answer::still_wanted) return await(step::challenge);
  fail(errc::alive_refused, "believes we are connected, and this attempt is no longer wanted");
}

void initiator::take(etf::bytes_view payload) {
  const auto handle = [this](const auto& message, auto next) {
    if (message) {
      (this->*next)(*message);
    } else {
      fail(message.error());
    }
  };
  switch (at()) {
    case step::status: return handle(parse_status(payload), &initiator::take_status);
    case step::challenge: return handle(parse_challenge(payload), &initiator::take_challenge);
    default: return handle(parse_ack(payload), &initiator::take_ack);
  }
}

void initiator::take_status(const status_message& status) {
  if (asked_for_name_ && status.kind != status_message::named &&
      status.kind != status_message::nok && status.kind != status_message::not_allowed) {
    return fail(errc::unexpected_message, "granted no name although we asked for one");
  }
  switch (status.kind) {
    case status_message::ok:
    case status_message::ok_simultaneous: return await(step::challenge);
    case status_message::nok:
      return fail(errc::nok, "its own attempt to connect with us wins (status nok)");
    case status_message::not_allowed:
      return fail(errc::not_allowed, "does not allow us to connect (status not_allowed)");
    case status_message::alive: return await(step::alive_answer);
    case status_message::named: return take_grant(status);
  }
}

void initiator::take_grant(const status_message& status) {
  if (!asked_for_name_) {
    return fail(errc::unexpected_message,
                "gave us the name " + quoted(status.name) + " although we have one");
  }
  const auto granted = etf::node_name::parse(status.name);
  if (!granted || granted->host() != us().name) {
    return fail(errc::name_malformed, "gave us the impossible name " + quoted(status.name));
  }
  us().name = status.name;
  us().creation = status.creation;
  them().dynamic_name = true;
  await(step::challenge);
}

void initiator::take_challenge(const challenge_message& theirs) {
  if (theirs.name != them().name) {
    return fail(errc::name_mismatch, "it calls itself " + quoted(theirs.name));
  }
  if (theirs.challenge == challenge()) return fail(errc::own_challenge_reflected);
  const auto in_force = negotiate(us().flags, theirs.flags);
  if (!in_force) return fail(in_force.error());
  const auto proof = make_digest(cookie_, theirs.challenge);
  if (!proof) return fail(proof.error());
  them().flags = *in_force;
  them().offered = theirs.flags;
  them().creation = theirs.creation;
  them().hidden = (*in_force & flag::published) == 0;
  send(reply_message{challenge(), *proof});
  await(step::challenge_ack);
}

void initiator::take_ack(const ack_message& ack) {
  const auto expected = make_digest(cookie_, challenge());
  if (!expected) return fail(expected.error());
  if (!same_digest(ack.proof, *expected)) return fail(errc::cookie_mismatch);
  finish();
}

}  // namespace beamnode::handshake
