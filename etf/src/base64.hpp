#pragma once
/// Base64 with padding (RFC 4648, section 4).

#include <beamnode/etf/byte_buffer.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace beamnode::etf::base64 {

void append(std::string& out, bytes_view bytes);

/// Nothing for any text that append() does not write.
std::optional<byte_buffer> decode(std::string_view text);

}  // namespace beamnode::etf::base64
