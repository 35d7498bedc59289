#include <beamnode/handshake/acceptor.hpp>

#include <beamnode/etf/node_name.hpp>

#include <algorithm>

#include "latin1.hpp"

namespace beamnode::handshake {
namespace {

constexpr flag_set lower_half = 0xFFFF'FFFF;
constexpr std::uint32_t least_creation = 4;
// 255 characters less an '@' and the 13 digits that 2^64 has in base 36.
constexpr std::size_t max_dynamic_host_size = 255 - 1 - 13;

}  // namespace

std::string make_dynamic_name(std::uint64_t seed, std::string_view host) {
  std::string digits;
  do {
    digits += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[seed % 36];
    seed /= 36;
  } while (seed != 0);
  std::ranges::reverse(digits);
  return digits.append("@").append(host);
}

acceptor::acceptor(local_node local_side, cookie_source cookie_for, std::uint32_t our_challenge,
                   dynamic_name_seed seed, prefix framing)
    : conversation(side::acceptor, step::name, std::move(local_side), our_challenge, framing),
      cookie_for_(std::move(cookie_for)),
      seed_(seed) {
  us().flags &= ~flag::name_me;
}

void acceptor::take(etf::bytes_view payload) {
  const auto handle = [this](const auto& message, auto next) {
    if (message) {
      (this->*next)(*message);
    } else {
      fail(message.error());
    }
  };
  switch (at()) {
    case step::name: return handle(parse_name(payload), &acceptor::take_name);
    case step::alive_answer:
      return handle(parse_alive_answer(payload), &acceptor::take_alive_answer);
    case step::complement: return handle(parse_complement(payload), &acceptor::take_complement);
    default: return handle(parse_reply(payload), &acceptor::take_reply);
  }
}

void acceptor::take_name(const name_message& name) {
  them().name = name.name;
  them().creation = name.creation;
  old_form_ = name.old_form;
  claim_ = {name.name, name.flags, name.creation, (name.flags & flag::name_me) != 0,
            (name.flags & us().flags & flag::published) == 0};
  if (claim_.dynamic_name) {
    if (!invent_name(name.name)) return;
  } else if (const auto parsed = etf::node_name::parse(name.name); !parsed) {
    return fail(errc::name_malformed, parsed.error().message());
  }
  // The upper half of an old name's flags is still to come.
  if (!agree_on_flags(old_form_ ? name.flags | (required & ~lower_half) : name.flags)) {
    return send(status_message{status_message::not_allowed});
  }
  await(step::status);
}

bool acceptor::invent_name(const std::string& host) {
  // Judged by the longest name a seed can make, so that no host is taken only now and then.
  if (to_latin1(host).size() > max_dynamic_host_size) {
    refuse(status_message::not_allowed, errc::name_malformed,
           "asks for a name on a host too long for one");
    return false;
  }
  if (!etf::node_name::parse("a@" + host)) {
    fail(errc::name_malformed, "asks for a name on the impossible host " + quoted(host));
    return false;
  }
  claim_.name = make_dynamic_name(seed_.name, host);
  claim_.creation = std::max(seed_.creation, least_creation);
  them().dynamic_name = true;
  return true;
}

bool acceptor::agree_on_flags(flag_set offered) {
  const auto in_force = negotiate(us().flags, offered);
  if (!in_force) {
    fail(in_force.error());
    return false;
  }
  them().flags = *in_force;
  them().offered = offered;
  them().hidden = (*in_force & flag::published) == 0;
  return true;
}

void acceptor::refuse(status_message::kind_type status, errc code, std::string detail) {
  send(status_message{status});
  fail(code, std::move(detail));
}

void acceptor::decide(const decision& answer) {
  if (failed() || at() != step::status) return;
  switch (answer.kind) {
    case decision::nok:
      return refuse(status_message::nok, errc::nok, "our own attempt to connect with it wins");
    case decision::not_allowed:
      return refuse(status_message::not_allowed, errc::not_allowed,
                    "we do not allow it to connect");
    case decision::alive:
      if (claim_.dynamic_name) {
        return refuse(status_message::not_allowed, errc::not_allowed,
                      "a dynamic name cannot be up already");
      }
      send(status_message{status_message::alive});
      return await(step::alive_answer);
    case decision::ok:
    case decision::ok_simultaneous: break;
  }
  if (claim_.dynamic_name) return grant(answer);
  send(status_message{answer.kind == decision::ok ? status_message::ok
                                                  : status_message::ok_simultaneous});
  send_challenge();
}

void acceptor::grant(const decision& answer) {
  if (!answer.name.empty()) {
    const auto host = std::string_view(claim_.name).substr(claim_.name.find('@') + 1);
    const auto granted = etf::node_name::parse(answer.name);
    if (!granted || granted->host() != host) {
      return refuse(status_message::not_allowed, errc::name_malformed,
                    "was to be given the impossible name " + quoted(answer.name));
    }
    claim_.name = answer.name;
    claim_.creation = answer.creation;
  }
  them().name = claim_.name;
  them().creation = claim_.creation;
  send(status_message{status_message::named, claim_.name, claim_.creation});
  send_challenge();
}

void acceptor::send_challenge() {
  // Towards a dynamic name Erlang repeats the request and does not publish itself.
  const flag_set flags =
      claim_.dynamic_name ? (us().flags & ~flag::published) | flag::name_me : us().flags;
  send(challenge_message{flags, challenge(), us().creation, us().name});
  await(old_form_ ? step::complement : step::challenge_reply);
}

void acceptor::take_alive_answer(const alive_answer& answer) {
  if (answer == alive_answer::abort) {
    return fail(errc::alive_refused, "gave up its attempt: the connection that is up stays");
  }
  send_challenge();
}

void acceptor::take_complement(const complement_message& complement) {
  if (!agree_on_flags((claim_.flags & lower_half) | complement.high_flags)) return;
  them().creation = complement.creation;
  await(step::challenge_reply);
}

void acceptor::take_reply(const reply_message& reply) {
  if (reply.challenge == challenge()) return fail(errc::own_challenge_reflected);
  const std::string cookie = cookie_for_(them().name);
  const auto expected = make_digest(cookie, challenge());
  const auto proof = make_digest(cookie, reply.challenge);
  if (!expected || !proof) return fail(errc::md5_unavailable);
  if (!same_digest(reply.proof, *expected)) return fail(errc::cookie_mismatch);
  proof_ = *proof;
  await(step::confirmation);
}

void acceptor::confirm() {
  if (failed() || at() != step::confirmation) return;
  send(ack_message{proof_});
  await(step::challenge_ack);
  finish();
}

void acceptor::reject() {
  if (failed() || at() != step::confirmation) return;
  fail(errc::confirmation_refused);
}

}  // namespace beamnode::handshake
