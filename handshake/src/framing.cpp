#include "framing.hpp"

namespace beamnode::handshake {

result<std::optional<framed_message>> first_message(etf::bytes_view input, prefix framing) {
  const std::size_t head = static_cast<std::size_t>(framing);
  if (input.size() < head) return std::optional<framed_message>{};
  const std::size_t size = framing == prefix::two_bytes
                               ? etf::load_big<std::uint16_t>(input.data())
                               : etf::load_big<std::uint32_t>(input.data());
  if (size > max_message_size) {
    return error(errc::message_too_long, "a message of " + std::to_string(size) + " bytes; " +
                                             std::to_string(max_message_size) +
                                             " are the most in a handshake");
  }
  if (input.size() - head < size) return std::optional<framed_message>{};
  return std::optional(framed_message{input.subspan(head, size), head + size});
}

}  // namespace beamnode::handshake
