#pragma once
/// The messages of the handshake as structs (erl_dist_protocol: Distribution Handshake). Stateless:
/// encode() appends the payload, without the length that frames it; parse functions take one whole
/// payload. Both run in constant memory: no message is longer than max_message_size.
///
///     initiator                                   acceptor
///     name            'N' or 'n'      ->
///                                     <-   's'    status
///     alive answer    's' true/false  ->                     only after status alive
///                                     <-   'N'    challenge
///     complement      'c'             ->                     only after an old name 'n'
///     challenge reply 'r'             ->
///                                     <-   'a'    challenge ack
///
/// Names are UTF-8 here. On the wire they are Latin-1, but UTF-8 in the status "named:".
/// Parse errors carry malformed_message, unexpected_message (another tag), name_malformed or
/// unknown_status, and no side, step or peer: the machines add those.

#include <beamnode/handshake/digest.hpp>
#include <beamnode/handshake/error.hpp>
#include <beamnode/handshake/flags.hpp>

#include <beamnode/etf/byte_buffer.hpp>
#include <beamnode/etf/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::handshake {

/// Longer messages are refused as soon as their length is seen. The longest legal one has a name of
/// 255 characters; the rest is room for fields of future releases.
inline constexpr std::size_t max_message_size = 2048;

/// How the length before each message is written: 2 bytes on TCP, 4 bytes on TLS.
enum class prefix : std::uint8_t { two_bytes = 2, four_bytes = 4 };

/// Who connects. The old form ('n', OTP 24 and before when epmd told them nothing of the peer) has
/// no creation and only the lower 32 flags; a complement brings the rest.
struct name_message {
  flag_set flags = 0;
  std::uint32_t creation = 0;
  std::string name;
  bool old_form = false;
};

/// What the acceptor says to a name.
struct status_message {
  enum kind_type : std::uint8_t { ok, ok_simultaneous, nok, not_allowed, alive, named };
  kind_type kind = ok;
  std::string name{};          // named: the name granted
  std::uint32_t creation = 0;  // named: and its creation
};

/// What the initiator says to status alive: does it still want this connection?
enum class alive_answer : std::uint8_t { still_wanted, abort };

struct challenge_message {
  flag_set flags = 0;
  std::uint32_t challenge = 0;
  std::uint32_t creation = 0;
  std::string name;
};

struct complement_message {
  flag_set high_flags = 0;  // already in their place: the lower 32 bits are zero
  std::uint32_t creation = 0;
};

struct reply_message {
  std::uint32_t challenge = 0;
  digest proof{};
};

struct ack_message {
  digest proof{};
};

void encode(const name_message& message, etf::byte_buffer& out);
void encode(const status_message& message, etf::byte_buffer& out);
void encode(alive_answer message, etf::byte_buffer& out);
void encode(const challenge_message& message, etf::byte_buffer& out);
void encode(const complement_message& message, etf::byte_buffer& out);
void encode(const reply_message& message, etf::byte_buffer& out);
void encode(const ack_message& message, etf::byte_buffer& out);

/// Bytes behind the name are fields of the future and are ignored (new form only: in the old one
/// the name goes on to the end). The name is not judged here beyond its length.
[[nodiscard]] result<name_message> parse_name(etf::bytes_view payload);
[[nodiscard]] result<status_message> parse_status(etf::bytes_view payload);
[[nodiscard]] result<alive_answer> parse_alive_answer(etf::bytes_view payload);
/// Ignores bytes behind the name. The challenge 'n' of OTP 22 and before fails with flags_missing.
[[nodiscard]] result<challenge_message> parse_challenge(etf::bytes_view payload);
[[nodiscard]] result<complement_message> parse_complement(etf::bytes_view payload);
[[nodiscard]] result<reply_message> parse_reply(etf::bytes_view payload);
[[nodiscard]] result<ack_message> parse_ack(etf::bytes_view payload);

}  // namespace beamnode::handshake
