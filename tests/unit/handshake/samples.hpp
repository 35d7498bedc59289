#pragma once
/// The cast of the handshake tests: the node this side plays, its cookie and its random numbers.

#include "support/hex.hpp"

#include <beamnode/handshake/acceptor.hpp>
#include <beamnode/handshake/initiator.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace beamnode::handshake::test {

using namespace beamnode::test;
using namespace beamnode::test::literals;

inline constexpr std::uint32_t a_challenge = 0xF1E2D3C4;
inline constexpr std::uint32_t b_challenge = 0x00C0FFEE;

inline local_node node_a() { return {"a@127.0.0.1", offered_now | flag::published, 11}; }
inline local_node node_b() { return {"b@127.0.0.1", offered_now | flag::published, 22}; }

inline acceptor::cookie_source always(std::string cookie) {
  return [cookie = std::move(cookie)](std::string_view) { return cookie; };
}

inline initiator dialling(std::string cookie = "pizza", initiator_options options = {}) {
  return {node_a(), "b@127.0.0.1", std::move(cookie), a_challenge, options};
}

inline acceptor listening(std::string cookie = "pizza", prefix framing = prefix::two_bytes) {
  return {node_b(), always(std::move(cookie)), b_challenge, {35 + 36, 2}, framing};
}

/// A message with its length in front.
template <class Message>
byte_string packet(const Message& message, prefix framing = prefix::two_bytes) {
  etf::byte_buffer payload;
  encode(message, payload);
  const auto size = static_cast<std::uint16_t>(payload.size());
  if (framing == prefix::two_bytes) return bytes_of(big(size), payload.view());
  return bytes_of(big(std::uint32_t{size}), payload.view());
}

inline byte_string text_packet(std::string_view payload) {
  return bytes_of(big(static_cast<std::uint16_t>(payload.size())), payload);
}

inline byte_string name_of_a(flag_set flags = node_a().flags) {
  return packet(name_message{flags, 11, "a@127.0.0.1"});
}
inline byte_string challenge_of_b(flag_set flags = node_b().flags) {
  return packet(challenge_message{flags, b_challenge, 22, "b@127.0.0.1"});
}
inline byte_string reply_of_a(std::string_view cookie = "pizza") {
  return packet(reply_message{a_challenge, *make_digest(cookie, b_challenge)});
}
inline byte_string ack_of_b(std::string_view cookie = "pizza") {
  return packet(ack_message{*make_digest(cookie, a_challenge)});
}

}  // namespace beamnode::handshake::test
