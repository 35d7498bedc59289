#pragma once
/// Messages in a byte stream: a length of 2 bytes (TCP) or 4 bytes (TLS) before each.

#include <beamnode/handshake/messages.hpp>

#include <optional>

namespace beamnode::handshake {

struct framed_message {
  etf::bytes_view payload;
  std::size_t size;  // with its length in front
};

/// The first message of `input`; nothing if it is not whole yet; message_too_long as soon as the
/// length says so.
[[nodiscard]] result<std::optional<framed_message>> first_message(etf::bytes_view input,
                                                                  prefix framing);

}  // namespace beamnode::handshake
