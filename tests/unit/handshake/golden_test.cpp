// Transcripts of real Erlang nodes, each played twice: with our machine in the place of the script
// that talked to Erlang, and with our machine in the place of Erlang itself. Both times every byte
// we write must be the recorded one.

#include <array>

#include "samples.hpp"
#include "support/script.hpp"
#include "transcript.hpp"

namespace beamnode::handshake::test {
namespace {

constexpr std::array<std::string_view, 3> releases{"25", "27", "29"};
const std::string erlang_name = "golden@127.0.0.1";
const std::string script_name = "c@127.0.0.1";
const std::string cookie = "golden_cookie";
constexpr std::uint32_t script_challenge = 0xF1E2D3C4;
constexpr std::uint32_t script_creation = 0x01020304;

/// What the recording side offered: no atom cache, fragments and what came after OTP 27.
constexpr flag_set script_flags = 0xD'075F'5FBC;

local_node as_script() { return {script_name, script_flags | flag::published, script_creation}; }

bool is_reply(const byte_string& bytes) {
  for (std::size_t at = 0; at + 2 < bytes.size();
       at += 2u + etf::load_big<std::uint16_t>(bytes.data() + at)) {
    if (bytes[at + 2] == 'r') return true;
  }
  return false;
}

// The script an initiator lives through; `erlang_is_us`: we write what Erlang wrote.
script<initiator> initiator_script(const transcript& played, bool erlang_is_us) {
  script<initiator> steps;
  for (const auto& turn : played.turns) {
    if (turn.by_erlang == erlang_is_us) {
      steps.expect_written(turn.bytes);
      continue;
    }
    steps.peer_sends(turn.bytes);
    if (turn.bytes == text_packet("salive")) {
      steps.expect([](const initiator& m) { CHECK(m.status() == phase::wants_decision); });
      steps.act([](initiator& m) { m.decide(alive_answer::still_wanted); });
    }
  }
  return steps;
}

script<acceptor> acceptor_script(const transcript& played, bool erlang_is_us,
                                 const decision& answer) {
  script<acceptor> steps;
  bool named = false;
  for (const auto& turn : played.turns) {
    if (turn.by_erlang == erlang_is_us) {
      steps.expect_written(turn.bytes);
      continue;
    }
    steps.peer_sends(turn.bytes);
    if (!named) {
      steps.expect([](const acceptor& m) { CHECK(m.status() == phase::wants_decision); });
      steps.act([answer](acceptor& m) { m.decide(answer); });
      named = true;
    }
    if (is_reply(turn.bytes)) {
      steps.expect([](const acceptor& m) { CHECK(m.status() == phase::wants_confirmation); });
      steps.act([](acceptor& m) { m.confirm(); });
    }
  }
  return steps;
}

template <class M> std::function<void(const M&)> is_up(const std::string& name) {
  return [name](const M& m) {
    CHECK(m.status() == phase::done);
    CHECK(m.outcome().name == name);
    CHECK((m.outcome().flags & required) == required);
    CHECK((m.outcome().flags & (flag::fragments | flag::dist_hdr_atom_cache)) == 0);
    CHECK(m.outcome().hidden == m.outcome().dynamic_name);
  };
}

template <class M> std::function<void(const M&)> failed_with(errc code) {
  return [code](const M& m) {
    CHECK(m.status() == phase::failed);
    CHECK(m.failure().code() == code);
  };
}

// Erlang listened: our initiator is the script.
initiator as_dialling_script() { return {as_script(), erlang_name, cookie, script_challenge}; }

// Erlang listened: our acceptor is Erlang, which said this in its challenge (turn 1 or later).
acceptor as_listening_erlang(const transcript& played) {
  for (const auto& turn : played.turns) {
    for (std::size_t at = 0; turn.by_erlang && at + 2 < turn.bytes.size();) {
      const std::size_t size = etf::load_big<std::uint16_t>(turn.bytes.data() + at);
      const auto said = parse_challenge(etf::bytes_view(turn.bytes).subspan(at + 2, size));
      if (said) {
        return {{said->name, said->flags, said->creation},
                [](std::string_view) { return cookie; },
                said->challenge,
                {}};
      }
      at += 2 + size;
    }
  }
  return {{erlang_name, script_flags, 9}, [](std::string_view) { return cookie; }, 1, {}};
}

// Erlang dialled: our initiator is Erlang. Its name message is turn 0, its challenge in its last
// turn.
initiator as_dialling_erlang(const transcript& played) {
  const auto said = *parse_name(played.payload(0));
  std::size_t last = played.turns.size() - 1;
  while (!played.turns[last].by_erlang) --last;
  const auto reply = *parse_reply(played.payload(last));
  return {{said.name, said.flags, said.creation},
          script_name,
          cookie,
          reply.challenge,
          {.dynamic_name = (said.flags & flag::name_me) != 0}};
}

acceptor as_listening_script() {
  return {as_script(), [](std::string_view) { return cookie; }, script_challenge, {}};
}

}  // namespace

TEST_CASE("an Erlang that listens and ours that dials agree with the recording, on both sides") {
  for (const auto release : releases) {
    for (const auto name : {"accepts ok", "accepts alive"}) {
      CAPTURE(release);
      CAPTURE(name);
      const auto played = recorded(release, name);
      initiator_script(played, false)
          .expect(is_up<initiator>(erlang_name))
          .check(as_dialling_script);
      const decision answer =
          name == std::string_view("accepts ok") ? decision::ok : decision::alive;
      acceptor_script(played, true, answer).expect(is_up<acceptor>(script_name)).check([&] {
        return as_listening_erlang(played);
      });
    }
  }
}

TEST_CASE("an Erlang that dials and ours that listens agree with the recording, on both sides") {
  struct conversation_case {
    const char* name;
    decision answer;
  };
  for (const auto release : releases) {
    for (const auto& [name, answer] :
         {conversation_case{"connects ok", decision::ok},
          conversation_case{"connects simultaneous", decision::ok_simultaneous},
          conversation_case{"connects alive", decision::alive}}) {
      CAPTURE(release);
      CAPTURE(name);
      const auto played = recorded(release, name);
      acceptor_script(played, false, answer)
          .expect(is_up<acceptor>(erlang_name))
          .check(as_listening_script);
      initiator_script(played, true).expect(is_up<initiator>(script_name)).check([&] {
        return as_dialling_erlang(played);
      });
    }
  }
}

TEST_CASE("a dynamic name is granted as Erlang grants it, and taken as Erlang takes it") {
  for (const auto release : releases) {
    CAPTURE(release);
    auto played = recorded(release, "accepts dynamic_name");
    const auto granted = *parse_status(played.payload(1));
    const auto is_granted = [granted](const initiator& m) {
      CHECK(m.local().name == granted.name);
      CHECK(m.local().creation == granted.creation);
      CHECK(m.outcome().dynamic_name);
    };
    initiator_script(played, false)
        .expect(is_up<initiator>(erlang_name))
        .expect(is_granted)
        .check([] {
          return initiator({"127.0.0.1", script_flags | flag::published, script_creation},
                           erlang_name, cookie, script_challenge, {.dynamic_name = true});
        });
    // In Erlang's place, its challenge already shows the flags it changed for this peer.
    acceptor_script(played, true, decision::grant(granted.name, granted.creation))
        .expect(is_up<acceptor>(granted.name))
        .check([&] { return as_listening_erlang(played); });

    played = recorded(release, "connects dynamic_name");
    acceptor_script(played, false, decision::grant("1Z9XK2@127.0.0.1", 4711))
        .expect(is_up<acceptor>("1Z9XK2@127.0.0.1"))
        .expect([](const acceptor& m) { CHECK(m.outcome().creation == 4711); })
        .check(as_listening_script);
    initiator_script(played, true)
        .expect([](const initiator& m) { CHECK(m.local().name == "1Z9XK2@127.0.0.1"); })
        .check([&] { return as_dialling_erlang(played); });
  }
}

TEST_CASE("an old name with its complement is taken as Erlang takes it") {
  for (const auto release : {"27", "29"}) {
    CAPTURE(release);
    const auto played = recorded(release, "accepts old_name");
    acceptor_script(played, true, decision::ok)
        .expect(is_up<acceptor>(script_name))
        .expect([](const acceptor& m) {
          CHECK(m.outcome().creation == script_creation);
          CHECK(m.outcome().offered == as_script().flags);
        })
        .check([&] { return as_listening_erlang(played); });
  }
}

TEST_CASE("Erlang's close after our challenge reply is reported as a cookie mismatch") {
  for (const auto release : releases) {
    CAPTURE(release);
    const auto played = recorded(release, "accepts wrong_cookie");
    CHECK(played.closed_by_erlang);
    initiator_script(played, false)
        .peer_closes()
        .expect(failed_with<initiator>(errc::cookie_mismatch))
        .expect([](const initiator& m) {
          CHECK(m.failure().message() ==
                "peer golden@127.0.0.1: closed the connection after our challenge reply: cookie "
                "mismatch (initiator, challenge_ack)");
        })
        .check(
            [] { return initiator(as_script(), erlang_name, "another_cookie", script_challenge); });
    // And in Erlang's place we see the wrong proof and close, too.
    script<acceptor>()
        .peer_sends(played.turns[0].bytes)
        .act([](acceptor& m) { m.decide(decision::ok); })
        .expect_written(played.turns[1].bytes)
        .peer_sends_refused(played.turns[2].bytes)
        .expect(failed_with<acceptor>(errc::cookie_mismatch))
        .check([&] { return as_listening_erlang(played); });
  }
}

TEST_CASE("a wrong proof from the acceptor is refused by Erlang and by us") {
  for (const auto release : releases) {
    CAPTURE(release);
    const auto played = recorded(release, "connects wrong_ack");
    CHECK(played.closed_by_erlang);
    auto before = played;
    const auto ack = before.turns.back().bytes;
    before.turns.pop_back();
    initiator_script(before, true)
        .peer_sends_refused(ack)
        .expect(failed_with<initiator>(errc::cookie_mismatch))
        .check([&] { return as_dialling_erlang(played); });
  }
}

TEST_CASE("what Erlang refuses, it refuses in words we know, and we refuse in the same words") {
  for (const auto release : releases) {
    CAPTURE(release);
    const auto refused = recorded(release, "accepts flags_missing");
    script<acceptor>()
        .peer_sends_refused(refused.turns[0].bytes)
        .expect([](const acceptor& m) { CHECK(m.failure().code() == errc::flags_missing); })
        .expect_written(refused.turns[1].bytes)
        .expect(failed_with<acceptor>(errc::flags_missing))
        .check([&] { return as_listening_erlang(refused); });

    const auto own = recorded(release, "accepts own_name");
    script<initiator>()
        .expect_written(own.turns[0].bytes)
        .peer_sends_refused(own.turns[1].bytes)
        .expect(failed_with<initiator>(errc::nok))
        .check([] {
          return initiator({erlang_name, as_script().flags, script_creation}, erlang_name, cookie,
                           script_challenge);
        });
    script<acceptor>()
        .peer_sends(own.turns[0].bytes)
        .act([](acceptor& m) {
          m.decide(decide_simultaneous(erlang_name, m.claim().name, outgoing_attempt::none));
        })
        .expect_written(own.turns[1].bytes)
        .expect(failed_with<acceptor>(errc::nok))
        .check([&] { return as_listening_erlang(own); });

    const auto malformed = recorded(release, "accepts malformed_name");
    CHECK(malformed.turns.size() == 1);
    script<acceptor>()
        .peer_sends_refused(malformed.turns[0].bytes)
        .expect(failed_with<acceptor>(errc::name_malformed))
        .check([&] { return as_listening_erlang(malformed); });
  }
}

}  // namespace beamnode::handshake::test
