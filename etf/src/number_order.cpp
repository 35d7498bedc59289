#include "number_order.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace beamnode::etf::detail {
namespace {

using ordering = std::weak_ordering;

ordering reversed(ordering of) noexcept {
  if (std::is_lt(of)) return ordering::greater;
  return std::is_gt(of) ? ordering::less : of;
}

ordering reversed_if(bool reverse, ordering of) noexcept { return reverse ? reversed(of) : of; }

ordering compare_floats(double a, double b) noexcept {
  return a < b ? ordering::less : a > b ? ordering::greater : ordering::equivalent;
}

ordering compare_magnitudes(const cell& a, const cell& b) noexcept {
  if (a.aux != b.aux) return a.aux <=> b.aux;
  for (std::size_t i = a.aux; i-- > 0;) {
    if (a.bytes[i] != b.bytes[i]) return a.bytes[i] <=> b.bytes[i];
  }
  return ordering::equivalent;
}

ordering compare_with_float(std::int64_t integer, double other) noexcept {
  constexpr double beyond = 9223372036854775808.0;  // 2^63
  if (other >= beyond) return ordering::less;
  if (other < -beyond) return ordering::greater;
  const double whole = std::trunc(other);
  const auto rounded = static_cast<std::int64_t>(whole);
  return integer != rounded ? integer <=> rounded : compare_floats(whole, other);
}

/// The 64 highest bits of a magnitude, and whether any bit below them is set.
struct leading_bits {
  std::uint64_t highest = 0;
  bool has_more = false;
};

leading_bits leading_bits_of(const cell& big) noexcept {
  leading_bits bits;
  const auto unused = static_cast<unsigned>(std::countl_zero(big.bytes[big.aux - 1]));
  const std::size_t lowest = big.aux > 9 ? big.aux - 9 : 0;
  unsigned filled = 0;
  for (std::size_t i = big.aux; i-- > lowest;) {
    const unsigned width = i + 1 == big.aux ? 8 - unused : 8;
    const unsigned taken = std::min(width, 64 - filled);
    const std::uint64_t byte = big.bytes[i];
    bits.highest =
        taken == 0 ? bits.highest : (bits.highest << taken) | (byte >> (width - taken) & 0xFFU);
    bits.has_more = bits.has_more || (byte & ((1U << (width - taken)) - 1U)) != 0;
    filled += taken;
  }
  bits.highest <<= 64 - filled;
  bits.has_more = bits.has_more || std::any_of(big.bytes, big.bytes + lowest,
                                               [](std::uint8_t byte) { return byte != 0; });
  return bits;
}

/// `big` is beyond 64 signed bits, so a float as large has no fraction.
ordering compare_with_float(const cell& big, double other) noexcept {
  const bool negative = big.extra != 0;
  if (other == 0 || std::signbit(other) != negative) {
    return negative ? ordering::less : ordering::greater;
  }
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(other), &exponent);
  const auto width = std::int64_t{8} * big.aux - std::countl_zero(big.bytes[big.aux - 1]);
  if (width != exponent) return reversed_if(negative, width <=> exponent);
  const leading_bits bits = leading_bits_of(big);
  const auto highest = static_cast<std::uint64_t>(std::ldexp(fraction, 64));
  if (bits.highest != highest) return reversed_if(negative, bits.highest <=> highest);
  return reversed_if(negative, bits.has_more ? ordering::greater : ordering::equivalent);
}

ordering compare_integers(const cell& a, const cell& b) noexcept {
  if (a.what == form::integer && b.what == form::integer) return a.integer <=> b.integer;
  if (a.what == form::integer) return b.extra != 0 ? ordering::greater : ordering::less;
  if (b.what == form::integer) return a.extra != 0 ? ordering::less : ordering::greater;
  if (a.extra != b.extra) return b.extra <=> a.extra;
  return reversed_if(a.extra != 0, compare_magnitudes(a, b));
}

ordering compare_integer_with_float(const cell& integer, double other) noexcept {
  return integer.what == form::integer ? compare_with_float(integer.integer, other)
                                       : compare_with_float(integer, other);
}

}  // namespace

ordering compare_numbers(const cell& a, const cell& b) noexcept {
  const bool a_is_float = a.what == form::floating;
  const bool b_is_float = b.what == form::floating;
  if (a_is_float && b_is_float) return compare_floats(a.floating, b.floating);
  if (b_is_float) return compare_integer_with_float(a, b.floating);
  if (a_is_float) return reversed(compare_integer_with_float(b, a.floating));
  return compare_integers(a, b);
}

}  // namespace beamnode::etf::detail
