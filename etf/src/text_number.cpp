#include "text_number.hpp"

#include <beamnode/etf/big_integer.hpp>
#include <beamnode/etf/detail/text_characters.hpp>
#include <beamnode/etf/reader.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>

namespace beamnode::etf {
namespace {

using detail::text_problem;

constexpr std::size_t max_digits = 100'000;

void read_power_of_two(std::string_view digits, unsigned bits_per_digit,
                       std::vector<std::uint8_t>& magnitude) {
  unsigned pending = 0;
  unsigned count = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] == '_') continue;
    pending |= detail::digit_value(digits[i]) << count;
    count += bits_per_digit;
    if (count < 8) continue;
    magnitude.push_back(static_cast<std::uint8_t>(pending));
    pending >>= 8U;
    count -= 8;
  }
  if (pending != 0) magnitude.push_back(static_cast<std::uint8_t>(pending));
}

void read_any_base(std::string digits, unsigned base, std::vector<std::uint8_t>& magnitude) {
  std::erase(digits, '_');
  if (digits.empty()) return;
  const big_integer value = big_integer::parse(digits, base).value();
  for (std::uint64_t limb : value.limbs()) {
    for (int i = 0; i < 8; ++i, limb >>= 8U) {
      magnitude.push_back(static_cast<std::uint8_t>(limb));
    }
  }
}

/// Of a float that is not zero.
bool is_below_one(std::string_view text) noexcept {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
  const auto point = static_cast<std::int64_t>(digits.find('.'));
  std::int64_t exponent = 0;
  if (e != text.size()) {
    text.remove_prefix(e + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const bool is_negative = text.starts_with('-');
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (failure != std::errc{}) return is_negative;
  }
  return point - first + exponent <= 0;
}

}  // namespace

text_problem read_magnitude(std::string_view text, std::vector<std::uint8_t>& magnitude) {
  magnitude.clear();
  unsigned base = 10;
  if (const std::size_t hash = text.find('#'); hash != text.npos) {
    base = 0;
    for (const char c : text.substr(0, hash)) {
      if (c != '_') base = base * 10 + detail::digit_value(c);
    }
    text.remove_prefix(hash + 1);
  }
  text.remove_prefix(std::min(text.find_first_not_of("0_"), text.size()));
  if (std::has_single_bit(base)) {
    const auto bits = static_cast<unsigned>(std::countr_zero(base));
    if (text.size() / 8 * bits > 2 * reader::max_big_bytes) return text_problem::integer_too_large;
    read_power_of_two(text, bits, magnitude);
  } else {
    if (text.size() > 2 * max_digits) return text_problem::too_many_digits;
    const auto underscores = static_cast<std::size_t>(std::ranges::count(text, '_'));
    if (text.size() - underscores > max_digits) return text_problem::too_many_digits;
    read_any_base(std::string(text), base, magnitude);
  }
  while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
  if (magnitude.size() > reader::max_big_bytes) return text_problem::integer_too_large;
  return text_problem::none;
}

text_problem read_float(std::string_view text, double& value) {
  std::string plain(text);
  std::erase(plain, '_');
  const auto [end, failure] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (failure == std::errc::result_out_of_range) {
    if (!is_below_one(plain)) return text_problem::float_out_of_range;
    value = 0;  // what is too small, as for the BEAM
  }
  return text_problem::none;
}

std::uint64_t float_bits(double value, unsigned bits) noexcept {
  if (bits == 64) return std::bit_cast<std::uint64_t>(value);
  const bool negative = std::signbit(value);
  if (bits == 32) {
    constexpr double too_large = 0x1.FFFFFFp127;  // rounds beyond the largest float
    if (std::abs(value) >= too_large) return negative ? 0xFF80'0000U : 0x7F80'0000U;
    return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  }
  const std::uint64_t sign = negative ? 0x8000U : 0U;
  const double magnitude = std::abs(value);
  if (magnitude < 0x1p-14)
    return sign | static_cast<std::uint64_t>(std::nearbyint(magnitude * 0x1p24));
  if (magnitude >= 65520) return sign | 0x7C00U;
  const int exponent = std::ilogb(magnitude);
  const auto mantissa =
      static_cast<std::uint64_t>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  return sign | ((static_cast<std::uint64_t>(exponent + 14) << 10U) + mantissa);
}

}  // namespace beamnode::etf
