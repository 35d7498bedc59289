#pragma once
/// Names on the wire are Latin-1; names in our own house are UTF-8.

#include <beamnode/etf/bytes.hpp>

#include <string>
#include <string_view>

namespace beamnode::handshake {

[[nodiscard]] std::string from_latin1(etf::bytes_view bytes);

/// Text with characters beyond Latin-1 is returned as it is: no node can have such a name, so the
/// peer will refuse it.
[[nodiscard]] std::string to_latin1(std::string_view utf8);

}  // namespace beamnode::handshake
