#pragma once
/// Numbers of any kind by value, without rounding.

#include <beamnode/etf/term.hpp>

#include <compare>

namespace beamnode::etf::detail {

/// Both must be integer, big or floating.
std::weak_ordering compare_numbers(const cell& a, const cell& b) noexcept;

}  // namespace beamnode::etf::detail
