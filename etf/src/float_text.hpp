#pragma once
/// The text of FLOAT_EXT, as releases before OTP 11 wrote floats.

#include <optional>
#include <string_view>

namespace beamnode::etf {

/// Digits, a point (or comma), digits, and an exponent if there is one, up to the first NUL;
/// nothing for any other text and for what no double can hold.
std::optional<double> parse_float_text(std::string_view field) noexcept;

}  // namespace beamnode::etf
