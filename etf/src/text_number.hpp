#pragma once
/// Numbers in Erlang text, that the scanner has found to be well-formed.

#include <beamnode/etf/detail/text_problem.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace beamnode::etf {

/// The magnitude of an integer (`12_000`, `16#FF`) in little-endian bytes without leading zeros.
/// Time grows with the square of the length in bases that are no power of two: too_many_digits
/// beyond 100,000.
detail::text_problem read_magnitude(std::string_view text, std::vector<std::uint8_t>& magnitude);

detail::text_problem read_float(std::string_view text, double& value);

/// A float as so many bits (16, 32 or 64), infinite where they cannot hold it.
std::uint64_t float_bits(double value, unsigned bits) noexcept;

}  // namespace beamnode::etf
