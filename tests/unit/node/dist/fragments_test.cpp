// Large messages from channel to channel: cut, interleaved, put together.
#include <doctest/doctest.h>
#include <beamnode/handshake/flags.hpp>

#include <random>

#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::channel;
using dist::fragmenter;

constexpr std::uint64_t agreed = handshake::flag::dist_hdr_atom_cache | handshake::flag::fragments;
const etf::pid carol{"a@h"_atom, 7, 7, 3};

/// A binary with `size` bytes, which are all `fill`.
byte_string binary_of(std::size_t size, std::uint8_t fill = 1) {
  return bytes_of(109, big(static_cast<std::uint32_t>(size)), byte_string(size, fill));
}

/// What of the output stands in frames of one kind.
struct written_frame {
  std::uint8_t form = 0;
  std::uint64_t sequence = 0;
  std::uint64_t fragment = 0;
  std::size_t size = 0;
};
std::vector<written_frame> frames_in(const byte_string& stream) {
  std::vector<written_frame> all;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size = etf::load_big<std::uint32_t>(stream.data() + at);
    written_frame& frame = all.emplace_back();
    frame.size = size;
    frame.form = stream[at + 5];
    if (frame.form != dist::header_form) {
      frame.sequence = etf::load_big<std::uint64_t>(stream.data() + at + 6);
      frame.fragment = etf::load_big<std::uint64_t>(stream.data() + at + 14);
    }
    at += 4 + size;
  }
  return all;
}

/// The receiving pids (as numbers) and sizes of payloads, in order of arrival.
std::vector<std::pair<std::uint64_t, std::size_t>> arrivals(channel& in) {
  std::vector<std::pair<std::uint64_t, std::size_t>> all;
  for (;;) {
    const auto event = in.next();
    REQUIRE_MESSAGE(event, event.error().message());
    if (!*event) return all;
    const auto* const sent = std::get_if<dist::send_sender>(&(*event)->control);
    REQUIRE(sent != nullptr);
    all.emplace_back(sent->from.id, spelled_out((*event)->payload, (*event)->atom_refs).size());
  }
}

TEST_CASE("a message up to a fragment's size goes in one frame, a larger one in counted pieces") {
  channel out({.flags = agreed}, at({}));
  constexpr std::size_t head = 5;
  const auto frames_of = [&](std::size_t payload) {
    CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(payload - head)));
    return frames_in(drained(out));
  };
  auto frames = frames_of(fragmenter::fragment_size);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].form == dist::header_form);
  frames = frames_of(fragmenter::lone_fragment_size);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].form == dist::first_fragment_form);
  CHECK(frames[0].fragment == 1);
  frames = frames_of(fragmenter::lone_fragment_size + 1);
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].form == dist::first_fragment_form);
  CHECK(frames[0].fragment == 2);
  CHECK(frames[1].form == dist::fragment_form);
  CHECK(frames[1].fragment == 1);
  CHECK(frames[1].size == 18 + 1);
  CHECK(frames[0].sequence == frames[1].sequence);
  CHECK(out.pending_output() == 0);
}

TEST_CASE("messages that begin while another is under way go in small pieces") {
  channel out({.flags = agreed}, at({}));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(5'000'000)));
  CHECK(out.send(carol, dist::send_sender{carol, bob}, binary_of(5'000'000)));
  std::size_t most = 0;
  for (const written_frame& frame : frames_in(drained(out))) most = std::max(most, frame.size);
  CHECK(most < fragmenter::fragment_size + 200);
}

TEST_CASE(
    "one sender alone on a fast connection sends in one piece, with company in smaller ones") {
  channel out({.flags = agreed}, at({}));
  auto now = at({});
  const auto fragments_of = [&](const etf::pid& sender) {
    CHECK(out.send(sender, dist::send_sender{sender, bob}, binary_of(50'000'000)));
    std::size_t count = 0;
    while (out.pending_output() != 0) {
      const byte_string piece = next_output(out);
      for (std::size_t left = piece.size(); left != 0;) {
        const std::size_t written = std::min<std::size_t>(left, 1'000'000);
        out.written(written, now += std::chrono::milliseconds(1));  // a piece of 1 MiB takes 2 ms
        left -= written;
      }
      ++count;
    }
    return count;
  };
  CHECK(fragments_of(alice) > 40);  // nothing is known of the connection yet
  CHECK(fragments_of(alice) == 1);
  CHECK(out.send(carol, dist::send_sender{carol, bob}, hello));
  (void)drained(out);
  CHECK(fragments_of(alice) > 40);
  CHECK(fragments_of(alice) == 1);
  CHECK(fragments_of(carol) > 40);
}

TEST_CASE("large messages arrive as they went, wherever the stream is cut") {
  std::mt19937 random(1);
  const byte_string payload = binary_of(300'000);
  channel out({.flags = agreed}, at({}));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, payload));
  CHECK(out.send(alice, dist::payload_exit{alice, bob}, payload));
  CHECK(out.send(carol, dist::payload_monitor_p_exit{carol, bob, some_ref}, payload));
  const byte_string stream = drained(out);
  for (int round = 0; round < 20; ++round) {
    channel in({.flags = agreed}, at({}));
    std::size_t whole = 0;
    for (std::size_t begin = 0; begin < stream.size();) {
      const std::size_t size = std::min<std::size_t>(random() % 100'000 + 1, stream.size() - begin);
      receive(in, etf::bytes_view(stream).subspan(begin, size));
      begin += size;
      for (;;) {
        const auto event = in.next();
        REQUIRE_MESSAGE(event, event.error().message());
        if (!*event) break;
        CHECK(std::ranges::equal((*event)->payload, payload));
        ++whole;
      }
    }
    CHECK(whole == 3);
  }
}

TEST_CASE("small messages of others pass between the pieces, those of the same sender wait") {
  channel out({.flags = agreed}, at({}));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(10'000'000)));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, hello));
  CHECK(out.is_sending_large(alice));
  CHECK(!out.is_sending_large(carol));
  CHECK(out.queued() == 0);
  // Once something has been asked for, a little waits; carol's goes right behind that.
  const std::size_t ahead = next_output(out).size();
  CHECK(ahead >= fragmenter::fragment_size);
  CHECK(ahead < 2 * fragmenter::lone_fragment_size);
  CHECK(out.send(carol, dist::send_sender{carol, bob}, hello));
  channel in({.flags = agreed}, at({}));
  receive(in, drained(out));
  const auto order = arrivals(in);
  REQUIRE(order.size() == 3);
  CHECK(order[0] == std::pair<std::uint64_t, std::size_t>(carol.id, hello.size()));
  CHECK(order[1].first == alice.id);
  CHECK(order[1].second > 10'000'000);
  CHECK(order[2] == std::pair<std::uint64_t, std::size_t>(alice.id, hello.size()));
  CHECK(!out.is_sending_large(alice));
  CHECK(in.counters().messages_in == out.counters().messages_out);
}

TEST_CASE("two senders of large messages take turns, and the shorter one is done first") {
  channel out({.flags = agreed}, at({}));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(2'000'000)));
  CHECK(out.send(carol, dist::send_sender{carol, bob}, binary_of(200'000)));
  channel in({.flags = agreed}, at({}));
  receive(in, drained(out));
  const auto order = arrivals(in);
  REQUIRE(order.size() == 2);
  CHECK(order[0].first == carol.id);
}

TEST_CASE("a flood of small messages does not keep a large one from leaving") {
  channel out({.flags = agreed}, at({}));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(500'000)));
  for (int i = 0; out.is_sending_large(alice); ++i) {
    REQUIRE(i < 100'000);
    CHECK(out.send(carol, dist::send_sender{carol, bob}, hello));
  }
  CHECK(out.pending_output() > 500'000);
}

TEST_CASE("without agreed fragments a large message is one frame") {
  for (const std::uint64_t flags : {std::uint64_t{0}, handshake::flag::dist_hdr_atom_cache}) {
    channel out({.flags = flags}, at({}));
    CHECK(out.send(alice, dist::send_sender{alice, bob}, binary_of(1'000'000)));
    CHECK(!out.is_sending_large(alice));
    channel in({.flags = flags}, at({}));
    receive(in, drained(out));
    CHECK(arrivals(in).size() == 1);
  }
}

TEST_CASE("all control messages pass with headers as they do without") {
  channel out({.flags = agreed}, at({}));
  channel in({.flags = agreed}, at({}));
  for (const dist::message& sample : all_messages()) {
    REQUIRE(send_any(out, sample, takes_payload(sample) ? hello : byte_string{}));
    receive(in, drained(out));
    const auto event = in.next();
    REQUIRE_MESSAGE(event, event.error().message());
    REQUIRE(*event);
    CHECK(spelled_out(encoded((*event)->control), (*event)->atom_refs) == encoded(sample));
    CHECK(spelled_out((*event)->payload, (*event)->atom_refs) ==
          (takes_payload(sample) ? hello : byte_string{}));
  }
}

TEST_CASE("random senders, sizes and writes: every sender's messages arrive whole and in order") {
  std::mt19937 random(2);
  channel out({.flags = agreed}, at({}));
  channel in({.flags = agreed}, at({}));
  std::vector<std::vector<std::size_t>> sent(5);
  std::vector<std::vector<std::size_t>> got(5);
  const auto move_some = [&](std::size_t most) {
    byte_string some = next_output(out);
    if (some.size() > most) some.resize(most);
    out.written(some.size(), at({}));
    receive(in, some);
    for (const auto& [sender, size] : arrivals(in)) got[sender].push_back(size);
  };
  for (int i = 0; i < 2000; ++i) {
    const std::size_t who = random() % sent.size();
    const etf::pid sender{"a@h"_atom, static_cast<std::uint32_t>(who), 0, 3};
    const byte_string payload = binary_of(random() % 10 == 0 ? random() % 300'000 : random() % 300);
    REQUIRE(out.send(sender, dist::send_sender{sender, bob}, payload));
    sent[who].push_back(payload.size());
    move_some(random() % 50'000);
  }
  while (out.pending_output() != 0) move_some(1'000'000);
  CHECK(sent == got);
}

}  // namespace
}  // namespace beamnode
