#include <beamnode/handshake/initiator.hpp>

#include "samples.hpp"
#include "support/script.hpp"

namespace beamnode::handshake::test {
namespace {

std::function<void(const initiator&)> ends_with(errc code, const std::string& message = {}) {
  return [code, message](const initiator& m) {
    CHECK(m.status() == phase::failed);
    CHECK(m.failure().code() == code);
    CHECK(m.failure().side() == side::initiator);
    CHECK(m.failure().peer() == "b@127.0.0.1");
    if (!message.empty()) CHECK(m.failure().message() == message);
  };
}

// The peer answers our name with `first`, and that is the end.
void answering_ends(const byte_string& first, errc code, const std::string& message = {}) {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends_refused(first)
      .expect(ends_with(code, message))
      .check([] { return dialling(); });
}

// The peer says ok and then `second`, and that is the end.
void challenging_ends(const byte_string& second, errc code, const std::string& message = {}) {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends(text_packet("sok"))
      .peer_sends_refused(second)
      .expect(ends_with(code, message))
      .check([] { return dialling(); });
}

const auto bytes_of_the_channel = "00000000 0000000170"_hex;

}  // namespace

TEST_CASE("an initiator sends its name, answers the challenge and checks the ack") {
  for (const auto* status : {"sok", "sok_simultaneous"}) {
    script<initiator>()
        .expect([](const initiator& m) { CHECK(m.status() == phase::wants_output); })
        .expect_written(name_of_a())
        .expect([](const initiator& m) { CHECK(m.status() == phase::wants_input); })
        .peer_sends(text_packet(status))
        .peer_sends(challenge_of_b())
        .expect_written(reply_of_a())
        .peer_sends(ack_of_b())
        .expect([](const initiator& m) {
          CHECK(m.status() == phase::done);
          CHECK(m.failure().code() == errc::none);
          CHECK(m.outcome().name == "b@127.0.0.1");
          CHECK(m.outcome().creation == 22);
          CHECK(m.outcome().flags == (offered_now | flag::published));
          CHECK(m.outcome().offered == node_b().flags);
          CHECK_FALSE(m.outcome().hidden);
          CHECK_FALSE(m.outcome().dynamic_name);
        })
        .check([] { return dialling(); });
  }
}

TEST_CASE("bytes behind the ack belong to the channel and stay with the caller") {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends(bytes_of(text_packet("sok"), challenge_of_b()))
      .expect_written(reply_of_a())
      .peer_sends(bytes_of(ack_of_b(), bytes_of_the_channel))
      .expect_leftover(bytes_of_the_channel)
      .expect([](const initiator& m) { CHECK(m.status() == phase::done); })
      .check([] { return dialling(); });
}

TEST_CASE("over TLS every message has a length of four bytes") {
  constexpr auto four = prefix::four_bytes;
  script<initiator>()
      .expect_written(packet(name_message{node_a().flags, 11, "a@127.0.0.1"}, four))
      .peer_sends(packet(status_message{}, four))
      .peer_sends(packet(challenge_message{node_b().flags, b_challenge, 22, "b@127.0.0.1"}, four))
      .expect_written(packet(reply_message{a_challenge, *make_digest("pizza", b_challenge)}, four))
      .peer_sends(packet(ack_message{*make_digest("pizza", a_challenge)}, four))
      .expect([](const initiator& m) { CHECK(m.status() == phase::done); })
      .check([] { return dialling("pizza", {.framing = four}); });
}

TEST_CASE("a hidden peer is seen as hidden") {
  auto machine = dialling();
  machine.written(machine.output().size());
  const auto input = bytes_of(text_packet("sok"), challenge_of_b(offered_now));
  CHECK(*machine.feed(input) == input.size());
  CHECK(machine.outcome().hidden);
}

TEST_CASE("alive is the caller's decision: still wanted goes on") {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends(text_packet("salive"))
      .expect([](const initiator& m) { CHECK(m.status() == phase::wants_decision); })
      .act([](initiator& m) { m.decide(alive_answer::still_wanted); })
      .expect_written(text_packet("strue"))
      .peer_sends(challenge_of_b())
      .expect_written(reply_of_a())
      .peer_sends(ack_of_b())
      .expect([](const initiator& m) { CHECK(m.status() == phase::done); })
      .check([] { return dialling(); });
}

TEST_CASE("alive is the caller's decision: abort says false and fails") {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends(text_packet("salive"))
      .act([](initiator& m) { m.decide(alive_answer::abort); })
      .expect([](const initiator& m) { CHECK(m.status() == phase::wants_output); })
      .expect_written(text_packet("sfalse"))
      .expect(ends_with(errc::alive_refused))
      .check([] { return dialling(); });
}

TEST_CASE("nothing is read while a decision is due") {
  auto machine = dialling();
  machine.written(machine.output().size());
  const auto alive = text_packet("salive");
  CHECK(*machine.feed(bytes_of(alive, challenge_of_b())) == alive.size());
  CHECK(*machine.feed(challenge_of_b()) == 0);
}

TEST_CASE("a decision that nobody asked for changes nothing") {
  auto machine = dialling();
  machine.decide(alive_answer::abort);
  CHECK(to_hex(machine.output()) == to_hex(name_of_a()));
  CHECK(machine.failure().code() == errc::none);
}

TEST_CASE("a refusing status ends the handshake by its name") {
  answering_ends(text_packet("snok"), errc::nok,
                 "peer b@127.0.0.1: its own attempt to connect with us wins (status nok) "
                 "(initiator, status)");
  answering_ends(text_packet("snot_allowed"), errc::not_allowed,
                 "peer b@127.0.0.1: does not allow us to connect (status not_allowed) "
                 "(initiator, status)");
  answering_ends(text_packet("sweird"), errc::unknown_status,
                 "peer b@127.0.0.1: the unknown status \"weird\" (initiator, status)");
}

TEST_CASE("messages out of turn are named") {
  answering_ends(challenge_of_b(), errc::unexpected_message,
                 "peer b@127.0.0.1: the message \"N\" instead of a status (initiator, status)");
  answering_ends("0000"_hex, errc::unexpected_message,
                 "peer b@127.0.0.1: an empty message instead of a status (initiator, status)");
  challenging_ends(text_packet("sok"), errc::unexpected_message);
  challenging_ends(ack_of_b(), errc::unexpected_message);
}

TEST_CASE("an oversize message is refused by its length alone") {
  answering_ends("ffff"_hex, errc::message_too_long);
  challenging_ends("0801"_hex, errc::message_too_long);
}

TEST_CASE("a name that nobody asked for is refused") {
  answering_ends(packet(status_message{status_message::named, "x@127.0.0.1", 5}),
                 errc::unexpected_message);
}

TEST_CASE("another node than the one asked for is refused") {
  challenging_ends(packet(challenge_message{node_b().flags, b_challenge, 22, "c@127.0.0.1"}),
                   errc::name_mismatch,
                   "peer b@127.0.0.1: it calls itself \"c@127.0.0.1\" (initiator, challenge)");
  challenging_ends(packet(challenge_message{node_b().flags, b_challenge, 22, "b@localhost"}),
                   errc::name_mismatch);
}

TEST_CASE("a peer without a required flag is refused with the flag's name") {
  challenging_ends(challenge_of_b(offered_now & ~flag::unlink_id), errc::flags_missing,
                   "peer b@127.0.0.1: offers no UNLINK_ID: older than OTP 23.3? "
                   "(initiator, challenge)");
  // Unlike other flags, those of OTP 25 may be said by the digest bit alone.
  challenging_ends(challenge_of_b(flag::mandatory_25_digest), errc::flags_missing);
}

TEST_CASE("our own challenge is no challenge") {
  challenging_ends(packet(challenge_message{node_b().flags, a_challenge, 22, "b@127.0.0.1"}),
                   errc::own_challenge_reflected);
}

TEST_CASE("an ack made with another cookie is refused") {
  script<initiator>()
      .expect_written(name_of_a())
      .peer_sends(bytes_of(text_packet("sok"), challenge_of_b()))
      .expect_written(reply_of_a())
      .peer_sends_refused(ack_of_b("pasta"))
      .expect(ends_with(errc::cookie_mismatch,
                        "peer b@127.0.0.1: cookie mismatch (initiator, challenge_ack)"))
      .check([] { return dialling(); });
}

TEST_CASE("a close is a cookie mismatch only right after our proof") {
  auto early = dialling();
  early.written(early.output().size());
  early.closed("Connection reset by peer");
  ends_with(errc::closed_by_peer,
            "peer b@127.0.0.1: the connection ended (Connection reset by peer) "
            "(initiator, status)")(early);

  auto proven = dialling();
  proven.written(proven.output().size());
  CHECK(proven.feed(bytes_of(text_packet("sok"), challenge_of_b())));
  auto unsent = proven;
  unsent.written(5);  // the peer has not seen the whole proof
  unsent.closed();
  ends_with(errc::closed_by_peer)(unsent);
  proven.written(proven.output().size());
  proven.closed();
  ends_with(errc::cookie_mismatch)(proven);
}

TEST_CASE("time running out and giving up are failures of their own") {
  auto late = dialling();
  late.timed_out();
  ends_with(errc::timed_out, "peer b@127.0.0.1: no answer in time (initiator, status)")(late);
  late.closed();
  ends_with(errc::timed_out)(late);
  auto given_up = dialling();
  given_up.cancelled();
  ends_with(errc::cancelled)(given_up);
}

TEST_CASE("nothing changes the outcome of a handshake that is done") {
  auto machine = dialling();
  machine.written(machine.output().size());
  CHECK(machine.feed(bytes_of(text_packet("sok"), challenge_of_b())));
  machine.written(machine.output().size());
  CHECK(machine.feed(ack_of_b()));
  machine.closed();
  machine.timed_out();
  machine.cancelled();
  CHECK(machine.status() == phase::done);
  CHECK(*machine.feed(ack_of_b()) == 0);
}

TEST_CASE("an initiator that asks for a name takes the one it is given") {
  const auto asking = [] {
    return initiator({"127.0.0.1", offered_now | flag::published, 11}, "b@127.0.0.1", "pizza",
                     a_challenge, {.dynamic_name = true});
  };
  const auto request = packet(name_message{offered_now | flag::name_me, 0, "127.0.0.1"});
  script<initiator>()
      .expect_written(request)
      .peer_sends(packet(status_message{status_message::named, "1Z@127.0.0.1", 77}))
      .peer_sends(challenge_of_b(offered_now | flag::name_me))
      .expect_written(reply_of_a())
      .peer_sends(ack_of_b())
      .expect([](const initiator& m) {
        CHECK(m.status() == phase::done);
        CHECK(m.local().name == "1Z@127.0.0.1");
        CHECK(m.local().creation == 77);
        CHECK(m.outcome().dynamic_name);
        CHECK(m.outcome().hidden);
        CHECK((m.outcome().flags & flag::name_me) == 0);
      })
      .check(asking);

  struct bad_answer {
    byte_string bytes;
    errc code;
  };
  for (const auto& [bytes, code] :
       {bad_answer{text_packet("sok"), errc::unexpected_message},
        bad_answer{text_packet("salive"), errc::unexpected_message},
        bad_answer{text_packet("snot_allowed"), errc::not_allowed},
        bad_answer{packet(status_message{status_message::named, "noat", 77}), errc::name_malformed},
        bad_answer{packet(status_message{status_message::named, "x@otherhost", 77}),
                   errc::name_malformed},
        bad_answer{packet(status_message{status_message::named, "\xFF@127.0.0.1", 77}),
                   errc::name_malformed}}) {
    script<initiator>()
        .expect_written(request)
        .peer_sends_refused(bytes)
        .expect(ends_with(code))
        .check(asking);
  }
}

}  // namespace beamnode::handshake::test
