// Machine against machine: what one writes, the other reads.

#include <beamnode/handshake/conversation.hpp>

#include "samples.hpp"

namespace beamnode::handshake::test {
namespace {

struct answers {
  decision to_claim = decision::ok;
  alive_answer to_alive = alive_answer::still_wanted;
};

// Moves output of `from` into `to`, at most `chunk` bytes a turn; keeps what `to` does not use.
bool move_bytes(conversation& from, conversation& to, byte_string& wire, std::size_t chunk) {
  const auto out = from.output();
  const auto now = std::min(out.size(), chunk);
  wire = bytes_of(wire, out.first(now));
  from.written(now);
  const auto used = to.feed(wire);
  if (used) wire.erase(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(*used));
  return now != 0 || (used && *used != 0);
}

void converse(initiator& a, acceptor& b, const answers& say = {}, std::size_t chunk = 4096) {
  byte_string to_a;
  byte_string to_b;
  for (bool moving = true; moving;) {
    moving = move_bytes(a, b, to_b, chunk);
    moving = move_bytes(b, a, to_a, chunk) || moving;
    if (a.status() == phase::wants_decision) a.decide(say.to_alive), moving = true;
    if (b.status() == phase::wants_decision) b.decide(say.to_claim), moving = true;
    if (b.status() == phase::wants_confirmation) b.confirm(), moving = true;
    if (a.status() == phase::failed) b.closed();
    if (b.status() == phase::failed) a.closed();
  }
}

}  // namespace

TEST_CASE("both machines agree, however the bytes are cut") {
  for (const std::size_t chunk : {1U, 2U, 7U, 4096U}) {
    for (const auto framing : {prefix::two_bytes, prefix::four_bytes}) {
      auto a = dialling("pizza", {.framing = framing});
      auto b = listening("pizza", framing);
      converse(a, b, {}, chunk);
      CHECK(a.status() == phase::done);
      CHECK(b.status() == phase::done);
      CHECK(a.outcome().name == "b@127.0.0.1");
      CHECK(b.outcome().name == "a@127.0.0.1");
      CHECK(a.outcome().flags == b.outcome().flags);
    }
  }
}

TEST_CASE("two cookies never meet: both sides say cookie mismatch") {
  auto a = dialling("pizza");
  auto b = listening("pasta");
  converse(a, b);
  CHECK(a.failure().code() == errc::cookie_mismatch);
  CHECK(b.failure().code() == errc::cookie_mismatch);
}

TEST_CASE("alive ends as the initiator wants") {
  auto a = dialling();
  auto b = listening();
  converse(a, b, {decision::alive, alive_answer::still_wanted});
  CHECK(a.status() == phase::done);
  CHECK(b.status() == phase::done);
  auto c = dialling();
  auto d = listening();
  converse(c, d, {decision::alive, alive_answer::abort});
  CHECK(c.failure().code() == errc::alive_refused);
  CHECK(d.failure().code() == errc::alive_refused);
}

TEST_CASE("a refused initiator knows why") {
  for (const auto& [answer, code] :
       {std::pair{decision::nok, errc::nok}, std::pair{decision::not_allowed, errc::not_allowed}}) {
    auto a = dialling();
    auto b = listening();
    converse(a, b, {answer});
    CHECK(a.failure().code() == code);
    CHECK(b.failure().code() == code);
  }
}

TEST_CASE("a dynamic name is known on both sides") {
  initiator a({"127.0.0.1", offered_now, 1}, "b@127.0.0.1", "pizza", a_challenge,
              {.dynamic_name = true});
  auto b = listening();
  converse(a, b);
  CHECK(a.status() == phase::done);
  CHECK(a.local().name == b.outcome().name);
  CHECK(a.local().creation == b.outcome().creation);
}

TEST_CASE("written() beyond the output is no more than all of it") {
  auto a = dialling();
  a.written(100'000);
  CHECK(a.status() == phase::wants_input);
}

TEST_CASE("nothing is read before our own part is written") {
  auto a = dialling();
  CHECK(*a.feed(text_packet("sok")) == 0);
  a.written(a.output().size());
  CHECK(*a.feed(text_packet("sok")) == text_packet("sok").size());
}

TEST_CASE("a failed machine repeats its failure and takes nothing") {
  auto a = dialling();
  a.written(a.output().size());
  CHECK_FALSE(a.feed("ffff"_hex));
  const auto again = a.feed(text_packet("sok"));
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == errc::message_too_long);
}

TEST_CASE("a changed byte is refused by name or changes no more than what it says") {
  const auto input = bytes_of(text_packet("sok"), challenge_of_b(), ack_of_b());
  const std::size_t ack_at = input.size() - ack_of_b().size();
  for (std::size_t at = 0; at < input.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      if (value == input[at]) continue;
      auto changed = input;
      changed[at] = static_cast<std::uint8_t>(value);
      auto a = dialling();
      a.written(a.output().size());
      auto used = a.feed(changed);
      if (used && a.status() == phase::wants_output) {
        a.written(a.output().size());
        used = a.feed(etf::bytes_view(changed).subspan(*used));
      }
      CHECK(used.has_value() == (a.failure().code() == errc::none));
      const bool refused = a.status() == phase::failed && a.failure().code() != errc::none;
      if (at >= ack_at) {
        CHECK((refused || a.status() == phase::wants_input));
      } else {
        CHECK((refused || a.status() == phase::wants_input || a.status() == phase::done ||
               a.status() == phase::wants_decision));
      }
    }
  }
}

}  // namespace beamnode::handshake::test
