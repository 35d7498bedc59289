#include "float_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace beamnode::etf {
namespace {

bool take_sign(std::string_view& text) noexcept {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

bool take_digits(std::string_view& text) noexcept {
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count != 0;
}

bool take_one_of(std::string_view& text, std::string_view characters) noexcept {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<double> parse_float_text(std::string_view field) noexcept {
  field = field.substr(0, field.find('\0'));
  const bool negative = take_sign(field);
  std::array<char, 32> number{};
  if (field.size() > number.size()) return std::nullopt;
  std::ranges::replace_copy(field, number.data(), ',', '.');
  const char* const end = number.data() + field.size();

  if (!take_digits(field) || !take_one_of(field, ".,") || !take_digits(field)) return std::nullopt;
  bool vanishes = false;
  if (take_one_of(field, "eE")) {
    vanishes = take_sign(field);
    if (!take_digits(field)) return std::nullopt;
  }
  if (!field.empty()) return std::nullopt;

  double value = 0;
  const auto [stop, code] = std::from_chars(number.data(), end, value);
  if (code == std::errc::result_out_of_range) {
    if (!vanishes) return std::nullopt;
    value = 0;
  }
  return negative ? -value : value;
}

}  // namespace beamnode::etf
