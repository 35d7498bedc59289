#include "dist/channel.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::channel;

/// The frame that a channel writes for one message.
byte_string frame_of(const dist::message& control) {
  channel out({}, at({}));
  REQUIRE(send_any(out, control, takes_payload(control) ? hello : byte_string{}));
  return drained(out);
}

/// A frame around bytes that no channel would write.
byte_string raw_frame(const byte_string& control, const byte_string& behind) {
  return framed(bytes_of(112, 131, control, behind));
}

dist::error refusal(const byte_string& bytes) {
  channel in({}, at({}));
  receive(in, bytes);
  const auto event = in.next();
  REQUIRE(!event);
  return event.error();
}

TEST_CASE("every control message passes from channel to channel, wherever its bytes are cut") {
  for (const dist::message& sample : all_messages()) {
    const byte_string frame = frame_of(sample);
    CAPTURE(to_hex(frame));
    for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
      channel in({}, at({}));
      receive(in, etf::bytes_view(frame).first(cut));
      if (cut < frame.size()) {
        const auto nothing = in.next();
        REQUIRE(nothing);
        CHECK(!*nothing);
        receive(in, etf::bytes_view(frame).subspan(cut));
      }
      const auto event = in.next();
      REQUIRE(event);
      REQUIRE(*event);
      CHECK(encoded((*event)->control) == encoded(sample));
      CHECK(to_hex((*event)->payload) == (takes_payload(sample) ? to_hex(hello) : ""));
      CHECK((*event)->atom_refs.empty());
      CHECK(!*in.next());
      CHECK(in.pending_output() == 0);
    }
  }
}

TEST_CASE("a stream of all messages comes out in order when it arrives byte by byte") {
  channel out({}, at({}));
  for (const dist::message& sample : all_messages()) {
    REQUIRE(send_any(out, sample, takes_payload(sample) ? hello : byte_string{}));
  }
  const byte_string stream = drained(out);
  channel in({}, at({}));
  std::vector<byte_string> got;
  for (const std::uint8_t byte : stream) {
    receive(in, {&byte, 1});
    const auto event = in.next();
    REQUIRE(event);
    if (*event) got.push_back(encoded((*event)->control));
  }
  const auto sent = all_messages();
  REQUIRE(got.size() == sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(got[i] == encoded(sent[i]));
  CHECK(in.counters().messages_in == sent.size());
  CHECK(in.counters().bytes_in == stream.size());
  CHECK(out.counters().messages_out == sent.size());
  CHECK(out.counters().bytes_out == stream.size());
}

TEST_CASE("a message is its length, 112, 131, the control tuple, 131 and the payload") {
  channel out({}, at({}));
  CHECK(out.send(alice, dist::send{alice}, hello));
  CHECK(to_hex(drained(out)) ==
        to_hex(framed(bytes_of(112, 131, encoded(dist::send{alice}), 131, hello))));
  CHECK(out.send(alice, dist::link{alice, bob}));
  CHECK(to_hex(drained(out)) ==
        to_hex(framed(bytes_of(112, 131, encoded(dist::link{alice, bob})))));
}

TEST_CASE("what cannot be sent is refused and leaves no trace") {
  channel out({}, at({}));
  CHECK(out.send(alice, dist::link{alice, bob}));
  const std::size_t before = out.pending_output();
  CHECK(!out.send(alice, dist::send_sender{alice, bob}));            // a payload is owed
  CHECK(!out.send(alice, dist::link{alice, bob}, hello));            // and here there is none
  const etf::bytes_view huge(hello.data(), channel::longest_frame);  // never read
  CHECK(!out.send(alice, dist::send_sender{alice, bob}, huge));
  CHECK(out.pending_output() == before);
  CHECK(out.counters().messages_out == 1);
  CHECK(to_hex(drained(out)) == to_hex(frame_of(dist::link{alice, bob})));
}

TEST_CASE("bytes behind the payload are ignored") {
  channel in({}, at({}));
  receive(in, raw_frame(encoded(dist::send{bob}), bytes_of(131, hello, "ffffff"_hex)));
  const auto event = in.next();
  REQUIRE(event);
  REQUIRE(*event);
  CHECK(to_hex((*event)->payload) == to_hex(hello));
  receive(in, raw_frame(encoded(dist::link{alice, bob}), "ffff"_hex));
  CHECK(std::holds_alternative<dist::link>((*in.next())->control));
}

TEST_CASE("an unknown operation is handed out without its payload, and the next message follows") {
  channel in({}, at({}));
  receive(in, raw_frame("68026163770161"_hex, bytes_of(131, hello)));
  receive(in, frame_of(dist::link{alice, bob}));
  const auto event = in.next();
  REQUIRE(event);
  REQUIRE(*event);
  CHECK(std::get<dist::unknown>((*event)->control).op == 99);
  CHECK((*event)->payload.empty());
  CHECK(std::holds_alternative<dist::link>((*in.next())->control));
}

TEST_CASE("an operation without the payload it needs ends the connection") {
  const auto failure = refusal(raw_frame(encoded(dist::send_sender{alice, bob}), {}));
  CHECK(failure.code() == dist::errc::payload_missing);
  CHECK(failure.message() == "the peer sent a control message without its payload: SEND_SENDER");
}

TEST_CASE("a malformed payload ends the connection, and the sentence says where it is wrong") {
  const byte_string control = encoded(dist::reg_send{alice, "name"_atom});
  const auto cut = refusal(raw_frame(control, "83680277026f6b"_hex));
  CHECK(cut.code() == dist::errc::malformed_payload);
  CHECK(cut.message().find("REG_SEND") != std::string::npos);
  CHECK(cut.message().find("byte 6") != std::string::npos);
  CHECK(refusal(raw_frame(control, "83"_hex)).code() == dist::errc::malformed_payload);
  CHECK(refusal(raw_frame(control, hello)).code() == dist::errc::malformed_payload);
  CHECK(refusal(raw_frame(control, "83467ff0000000000000"_hex)).code() ==
        dist::errc::malformed_payload);
  CHECK(refusal(raw_frame(control, "836cffffffff6a"_hex)).code() == dist::errc::malformed_payload);
  CHECK(refusal(raw_frame(control, "835200"_hex)).code() == dist::errc::malformed_payload);
}

TEST_CASE("a malformed control message ends the connection") {
  CHECK(refusal(framed("70"_hex)).code() == dist::errc::malformed_control);
  CHECK(refusal(framed("7083"_hex)).code() == dist::errc::malformed_control);
  CHECK(refusal(framed("70836a"_hex)).code() == dist::errc::malformed_control);
  CHECK(refusal(framed("7068016101"_hex)).code() == dist::errc::malformed_control);
  const auto failure = refusal(framed("708368016101"_hex));
  CHECK(failure.code() == dist::errc::malformed_control);
  CHECK(failure.message().find("(byte 0)") != std::string::npos);
}

TEST_CASE("compressed terms are refused in both places") {
  CHECK(refusal(framed("70835000000001789c"_hex)).code() == dist::errc::compressed_term);
  CHECK(refusal(raw_frame(encoded(dist::send{bob}), "835000000001789c"_hex)).code() ==
        dist::errc::compressed_term);
}

TEST_CASE("frames of a kind that was not agreed on are refused") {
  CHECK(refusal(framed("834400680361166a6a"_hex)).code() == dist::errc::header_not_negotiated);
  CHECK(refusal(framed(bytes_of(131, 69, byte_string(17, 0)))).code() ==
        dist::errc::header_not_negotiated);
  CHECK(refusal(framed("006a"_hex)).code() == dist::errc::unknown_frame);
}

TEST_CASE("a frame above the limit is refused before its bytes come") {
  channel in({.max_frame = 100}, at({}));
  receive(in, big(std::uint32_t{101}));
  const auto event = in.next();
  REQUIRE(!event);
  CHECK(event.error().code() == dist::errc::frame_too_large);

  channel largest({.max_frame = SIZE_MAX}, at({}));
  receive(largest, big(std::uint32_t{0x8000'0000}));
  CHECK(!largest.next());
}

TEST_CASE("a payload is held to the limits of the options") {
  const byte_string frame = raw_frame(encoded(dist::send{bob}), "836c00000003610161016101 6a"_hex);
  channel strict({.bounds = {.elements = 3}}, at({}));
  receive(strict, frame);
  const auto event = strict.next();
  REQUIRE(!event);
  CHECK(event.error().code() == dist::errc::malformed_payload);
  channel usual({}, at({}));
  receive(usual, frame);
  CHECK(usual.next());
}

TEST_CASE("no damaged stream does worse than end the connection") {
  std::mt19937 random(20260);  // the same damage in every run
  byte_string stream;
  for (const dist::message& sample : all_messages()) {
    const byte_string frame = frame_of(sample);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  for (int round = 0; round < 3000; ++round) {
    byte_string damaged = stream;
    const std::size_t changes = 1 + random() % 4;
    for (std::size_t i = 0; i < changes; ++i) {
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    }
    channel in({}, at({}));
    const std::size_t at_once = 1 + random() % 200;
    std::size_t messages = 0;
    bool failed = false;
    for (std::size_t from = 0; from < damaged.size() && !failed; from += at_once) {
      const std::size_t count = std::min(at_once, damaged.size() - from);
      receive(in, etf::bytes_view(damaged).subspan(from, count));
      while (true) {
        const auto event = in.next();
        if (!event) {
          CHECK(event.error().code() != dist::errc::none);
          CHECK(!event.error().message().empty());
          failed = true;
        }
        if (!event || !*event) break;
        ++messages;
        const auto payload = etf::bytes_view((*event)->payload);
        if (!payload.empty()) {
          etf::reader whole(payload);
          CHECK(whole.skip().size() == payload.size());
        }
      }
    }
    CHECK(messages <= 200);
  }
}

}  // namespace
}  // namespace beamnode
