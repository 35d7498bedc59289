#include <beamnode/handshake/acceptor.hpp>

#include "samples.hpp"
#include "support/script.hpp"

namespace beamnode::handshake::test {
namespace {

std::function<void(const acceptor&)> ends_with(errc code, const std::string& message = {}) {
  return [code, message](const acceptor& m) {
    CHECK(m.status() == phase::failed);
    CHECK(m.failure().code() == code);
    CHECK(m.failure().side() == side::acceptor);
    if (!message.empty()) CHECK(m.failure().message() == message);
  };
}

std::function<void(acceptor&)> deciding(const decision& answer) {
  return [answer](acceptor& m) {
    CHECK(m.status() == phase::wants_decision);
    m.decide(answer);
  };
}

void confirming(acceptor& m) {
  CHECK(m.status() == phase::wants_confirmation);
  m.confirm();
}

void naming_ends(const byte_string& name, errc code, const std::string& message = {}) {
  script<acceptor>()
      .peer_sends_refused(name)
      .expect_written({})
      .expect(ends_with(code, message))
      .check([] { return listening(); });
}

script<acceptor> accepted() {
  return script<acceptor>()
      .peer_sends(name_of_a())
      .act(deciding(decision::ok))
      .expect_written(bytes_of(text_packet("sok"), challenge_of_b()));
}

byte_string dynamic_request(std::string host, flag_set flags = offered_now) {
  return packet(name_message{flags | flag::name_me, 0, std::move(host)});
}

}  // namespace

TEST_CASE("an acceptor shows the claim, challenges, checks the proof and proves itself") {
  script<acceptor>()
      .expect([](const acceptor& m) { CHECK(m.status() == phase::wants_input); })
      .peer_sends(name_of_a())
      .expect([](const acceptor& m) {
        CHECK(m.status() == phase::wants_decision);
        CHECK(m.claim().name == "a@127.0.0.1");
        CHECK(m.claim().creation == 11);
        CHECK(m.claim().flags == node_a().flags);
        CHECK_FALSE(m.claim().dynamic_name);
        CHECK_FALSE(m.claim().hidden);
      })
      .act(deciding(decision::ok))
      .expect_written(bytes_of(text_packet("sok"), challenge_of_b()))
      .peer_sends(reply_of_a())
      .act(confirming)
      .expect([](const acceptor& m) { CHECK(m.status() == phase::wants_output); })
      .expect_written(ack_of_b())
      .expect([](const acceptor& m) {
        CHECK(m.status() == phase::done);
        CHECK(m.outcome().name == "a@127.0.0.1");
        CHECK(m.outcome().creation == 11);
        CHECK(m.outcome().flags == (offered_now | flag::published));
        CHECK_FALSE(m.outcome().hidden);
      })
      .check([] { return listening(); });
}

TEST_CASE("frames glued behind the challenge reply stay with the caller") {
  const auto frames = "00000003 706869 00000000"_hex;
  accepted()
      .peer_sends(bytes_of(reply_of_a(), frames))
      .act(confirming)
      .expect_written(ack_of_b())
      .expect_leftover(frames)
      .expect([](const acceptor& m) { CHECK(m.status() == phase::done); })
      .check([] { return listening(); });
}

TEST_CASE("over TLS every message has a length of four bytes, for the acceptor, too") {
  constexpr auto four = prefix::four_bytes;
  script<acceptor>()
      .peer_sends(packet(name_message{node_a().flags, 11, "a@127.0.0.1"}, four))
      .act(deciding(decision::ok))
      .expect_written(
          bytes_of(packet(status_message{}, four),
                   packet(challenge_message{node_b().flags, b_challenge, 22, "b@127.0.0.1"}, four)))
      .peer_sends(packet(reply_message{a_challenge, *make_digest("pizza", b_challenge)}, four))
      .act(confirming)
      .expect_written(packet(ack_message{*make_digest("pizza", a_challenge)}, four))
      .check([] { return listening("pizza", four); });
}

TEST_CASE("every decision is said in its own words") {
  script<acceptor>()
      .peer_sends(name_of_a())
      .act(deciding(decision::ok_simultaneous))
      .expect_written(bytes_of(text_packet("sok_simultaneous"), challenge_of_b()))
      .peer_sends(reply_of_a())
      .act(confirming)
      .expect_written(ack_of_b())
      .check([] { return listening(); });
  script<acceptor>()
      .peer_sends(name_of_a())
      .act(deciding(decision::nok))
      .expect([](const acceptor& m) { CHECK(m.status() == phase::wants_output); })
      .expect_written(text_packet("snok"))
      .expect(ends_with(errc::nok,
                        "peer a@127.0.0.1: our own attempt to connect with it wins "
                        "(acceptor, status)"))
      .check([] { return listening(); });
  script<acceptor>()
      .peer_sends(name_of_a())
      .act(deciding(decision::not_allowed))
      .expect_written(text_packet("snot_allowed"))
      .expect(ends_with(errc::not_allowed))
      .check([] { return listening(); });
}

TEST_CASE("alive asks the peer: true goes on") {
  script<acceptor>()
      .peer_sends(name_of_a())
      .act(deciding(decision::alive))
      .expect_written(text_packet("salive"))
      .peer_sends(text_packet("strue"))
      .expect_written(challenge_of_b())
      .peer_sends(reply_of_a())
      .act(confirming)
      .expect_written(ack_of_b())
      .expect([](const acceptor& m) {
        CHECK(m.status() == phase::done);
        CHECK(m.outcome().creation == 11);
      })
      .check([] { return listening(); });
}

TEST_CASE("alive asks the peer: false ends it, anything else is named") {
  struct bad_answer {
    byte_string bytes;
    errc code;
  };
  for (const auto& [bytes, code] : {bad_answer{text_packet("sfalse"), errc::alive_refused},
                                    bad_answer{text_packet("smaybe"), errc::unknown_status},
                                    bad_answer{reply_of_a(), errc::unexpected_message}}) {
    script<acceptor>()
        .peer_sends(name_of_a())
        .act(deciding(decision::alive))
        .expect_written(text_packet("salive"))
        .peer_sends_refused(bytes)
        .expect(ends_with(code))
        .check([] { return listening(); });
  }
}

TEST_CASE("a malformed name ends the handshake without a word") {
  const auto named = [](std::string name) {
    return packet(name_message{offered_now, 11, std::move(name)});
  };
  naming_ends(named("nohost"), errc::name_malformed,
              "peer nohost: a node name needs an '@' between name and host, as in name@host "
              "(acceptor, name)");
  for (const auto* name : {"", "@", "@host", "name@", "a@b@c", "a\n@b"}) {
    CAPTURE(name);
    naming_ends(named(name), errc::name_malformed);
  }
  naming_ends(named(std::string(250, 'x') + "@hosts"), errc::name_malformed);
}

TEST_CASE("what is no name message is refused") {
  naming_ends(text_packet("sok"), errc::unexpected_message,
              "an unnamed peer: the message \"s\" instead of a name (acceptor, name)");
  naming_ends(bytes_of("0010"_hex, "GET / HTTP/1.1\r\n"), errc::unexpected_message);
  naming_ends(text_packet("N1234"), errc::malformed_message);
  naming_ends("4745"_hex, errc::message_too_long);
}

TEST_CASE("a peer without a required flag is told not_allowed") {
  script<acceptor>()
      .peer_sends_refused(name_of_a(offered_now & ~flag::v4_nc))
      .expect_written(text_packet("snot_allowed"))
      .expect(ends_with(errc::flags_missing,
                        "peer a@127.0.0.1: offers no V4_NC: older than OTP 24? (acceptor, name)"))
      .check([] { return listening(); });
}

TEST_CASE("an old name may leave to its complement what does not fit into it") {
  const auto old_name = packet(name_message{offered_now & 0xFFFF'FFFF, 0, "a@127.0.0.1", true});
  const auto begin = [&] {
    return script<acceptor>()
        .peer_sends(old_name)
        .expect([](const acceptor& m) { CHECK(m.claim().creation == 0); })
        .act(deciding(decision::ok))
        .expect_written(bytes_of(text_packet("sok"), challenge_of_b()));
  };
  begin()
      .peer_sends(packet(complement_message{offered_now & ~flag_set{0xFFFF'FFFF}, 33}))
      .peer_sends(reply_of_a())
      .act(confirming)
      .expect_written(ack_of_b())
      .expect([](const acceptor& m) {
        CHECK(m.outcome().flags == offered_now);
        CHECK(m.outcome().offered == offered_now);
        CHECK(m.outcome().creation == 33);
      })
      .check([] { return listening(); });
  begin()
      .peer_sends_refused(packet(complement_message{flag::spawn, 33}))
      .expect(ends_with(errc::flags_missing))
      .check([] { return listening(); });
  begin().peer_sends_refused(reply_of_a()).expect(ends_with(errc::unexpected_message)).check([] {
    return listening();
  });
  script<acceptor>()
      .peer_sends_refused(packet(name_message{0x0007'0F94, 0, "a@127.0.0.1", true}))
      .expect_written(text_packet("snot_allowed"))
      .expect(ends_with(errc::flags_missing))
      .check([] { return listening(); });
}

TEST_CASE("a wrong cookie ends the handshake without a word") {
  accepted()
      .peer_sends_refused(reply_of_a("pasta"))
      .expect_written({})
      .expect(ends_with(errc::cookie_mismatch,
                        "peer a@127.0.0.1: cookie mismatch (acceptor, challenge_reply)"))
      .check([] { return listening(); });
}

TEST_CASE("our own challenge sent back is refused even with a right proof") {
  accepted()
      .peer_sends_refused(packet(reply_message{b_challenge, *make_digest("pizza", b_challenge)}))
      .expect(ends_with(errc::own_challenge_reflected))
      .check([] { return listening(); });
}

TEST_CASE("the cookie is asked for by the name that was claimed, once") {
  std::vector<std::string> asked;
  acceptor machine(node_b(),
                   [&asked](std::string_view name) {
                     asked.emplace_back(name);
                     return std::string("pizza");
                   },
                   b_challenge, {});
  CHECK(machine.feed(name_of_a()));
  machine.decide(decision::ok);
  machine.written(machine.output().size());
  CHECK(asked.empty());
  CHECK(machine.feed(reply_of_a()));
  machine.confirm();
  CHECK(asked == std::vector<std::string>{"a@127.0.0.1"});
}

TEST_CASE("the peer learns nothing before the caller confirms, and may be turned down") {
  auto machine = listening();
  CHECK(machine.feed(name_of_a()));
  machine.decide(decision::ok);
  machine.written(machine.output().size());
  CHECK(machine.feed(reply_of_a()));
  CHECK(machine.status() == phase::wants_confirmation);
  CHECK(machine.output().empty());
  CHECK(*machine.feed("00000000"_hex) == 0);
  machine.reject();
  ends_with(errc::confirmation_refused)(machine);
  machine.confirm();
  CHECK(machine.output().empty());
}

TEST_CASE("answers that nobody asked for change nothing") {
  auto machine = listening();
  machine.decide(decision::ok);
  machine.confirm();
  machine.reject();
  CHECK(machine.output().empty());
  CHECK(machine.status() == phase::wants_input);
  CHECK(machine.failure().code() == errc::none);
}

TEST_CASE("the connection is up only when the ack is written whole") {
  auto machine = listening();
  CHECK(machine.feed(name_of_a()));
  machine.decide(decision::ok);
  machine.written(machine.output().size());
  CHECK(machine.feed(reply_of_a()));
  machine.confirm();
  machine.written(machine.output().size() - 1);
  CHECK(machine.status() == phase::wants_output);
  auto cut = machine;
  cut.closed();
  ends_with(errc::closed_by_peer)(cut);
  machine.written(1);
  CHECK(machine.status() == phase::done);
}

TEST_CASE("a node that asks for a name gets one on its host") {
  script<acceptor>()
      .peer_sends(dynamic_request("127.0.0.1"))
      .expect([](const acceptor& m) {
        CHECK(m.claim().dynamic_name);
        CHECK(m.claim().name == "1Z@127.0.0.1");
        CHECK(m.claim().creation == 4);  // the seed's 2 is reserved
        CHECK(m.claim().hidden);
      })
      .act(deciding(decision::ok))
      .expect_written(bytes_of(packet(status_message{status_message::named, "1Z@127.0.0.1", 4}),
                               challenge_of_b(offered_now | flag::name_me)))
      .peer_sends(reply_of_a())
      .act(confirming)
      .expect_written(ack_of_b())
      .expect([](const acceptor& m) {
        CHECK(m.outcome().name == "1Z@127.0.0.1");
        CHECK(m.outcome().creation == 4);
        CHECK(m.outcome().dynamic_name);
        CHECK(m.outcome().hidden);
        CHECK((m.outcome().flags & flag::name_me) == 0);
      })
      .check([] { return listening(); });
}

TEST_CASE("the caller may grant the name of a node that has departed") {
  script<acceptor>()
      .peer_sends(dynamic_request("127.0.0.1"))
      .act(deciding(decision::grant("OLD@127.0.0.1", 9)))
      .expect_written(bytes_of(packet(status_message{status_message::named, "OLD@127.0.0.1", 9}),
                               challenge_of_b(offered_now | flag::name_me)))
      .expect([](const acceptor& m) { CHECK(m.outcome().name == "OLD@127.0.0.1"); })
      .check([] { return listening(); });
  for (const auto* impossible : {"OLD@elsewhere", "noat", "@127.0.0.1"}) {
    script<acceptor>()
        .peer_sends(dynamic_request("127.0.0.1"))
        .act(deciding(decision::grant(impossible, 9)))
        .expect_written(text_packet("snot_allowed"))
        .expect(ends_with(errc::name_malformed))
        .check([] { return listening(); });
  }
}

TEST_CASE("a dynamic name can be refused, but is never alive") {
  for (const auto answer : {decision::not_allowed, decision::alive}) {
    script<acceptor>()
        .peer_sends(dynamic_request("127.0.0.1"))
        .act(deciding(answer))
        .expect_written(text_packet("snot_allowed"))
        .expect(ends_with(errc::not_allowed))
        .check([] { return listening(); });
  }
}

TEST_CASE("the host of a dynamic name is judged before any cookie") {
  naming_ends(dynamic_request("me@127.0.0.1"), errc::name_malformed);
  naming_ends(dynamic_request(""), errc::name_malformed);
  naming_ends(dynamic_request("a\x01"), errc::name_malformed);
  CHECK(listening().feed(dynamic_request(std::string(241, 'h'))));
  for (const std::size_t size : {242U, 255U}) {
    script<acceptor>()
        .peer_sends_refused(dynamic_request(std::string(size, 'h')))
        .expect_written(text_packet("snot_allowed"))
        .expect(ends_with(errc::name_malformed))
        .check([] { return listening(); });
  }
  script<acceptor>()
      .peer_sends_refused(dynamic_request("127.0.0.1", flag::spawn))
      .expect_written(text_packet("snot_allowed"))
      .expect(ends_with(errc::flags_missing))
      .check([] { return listening(); });
}

TEST_CASE("dynamic names are the seed in base 36") {
  CHECK(make_dynamic_name(0, "h") == "0@h");
  CHECK(make_dynamic_name(35, "h") == "Z@h");
  CHECK(make_dynamic_name(36, "h") == "10@h");
  CHECK(make_dynamic_name(~std::uint64_t{0}, "h") == "3W5E11264SGSF@h");
}

TEST_CASE("each step's close and timeout says where it was") {
  auto silent = listening();
  silent.timed_out();
  ends_with(errc::timed_out, "an unnamed peer: no answer in time (acceptor, name)")(silent);
  auto left = listening();
  CHECK(left.feed(name_of_a()));
  left.decide(decision::ok);
  left.written(left.output().size());
  left.closed();
  ends_with(errc::closed_by_peer,
            "peer a@127.0.0.1: the connection ended (acceptor, challenge_reply)")(left);
}

}  // namespace beamnode::handshake::test
