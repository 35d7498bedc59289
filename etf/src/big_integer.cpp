#include <beamnode/etf/big_integer.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace beamnode::etf {
namespace {

__extension__ using wide = unsigned __int128;

// The largest power of ten in a limb: text is cut into chunks of this many digits.
constexpr std::size_t chunk_digits = 19;
constexpr std::uint64_t chunk = 10'000'000'000'000'000'000U;

using limb_list = std::vector<std::uint64_t>;

std::strong_ordering compare(const limb_list& a, const limb_list& b) noexcept {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return std::lexicographical_compare_three_way(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

limb_list sum(const limb_list& longer, const limb_list& shorter) {
  limb_list total = longer;
  bool carry = false;
  for (std::size_t i = 0; i < total.size() && (carry || i < shorter.size()); ++i) {
    const wide digit = wide{total[i]} + (i < shorter.size() ? shorter[i] : 0U) + (carry ? 1U : 0U);
    total[i] = static_cast<std::uint64_t>(digit);
    carry = (digit >> 64U) != 0;
  }
  if (carry) total.push_back(1);
  return total;
}

limb_list difference(const limb_list& larger, const limb_list& smaller) {
  limb_list rest = larger;
  bool borrow = false;
  for (std::size_t i = 0; i < rest.size() && (borrow || i < smaller.size()); ++i) {
    const wide taken = wide{i < smaller.size() ? smaller[i] : 0U} + (borrow ? 1U : 0U);
    borrow = taken > rest[i];
    rest[i] -= static_cast<std::uint64_t>(taken);
  }
  return rest;
}

}  // namespace

big_integer::big_integer(std::uint64_t magnitude, bool negative) : negative_(negative) {
  if (magnitude != 0) limbs_.push_back(magnitude);
}

big_integer::big_integer(big_view value)
    : limbs_(value.magnitude.size() / 8 + (value.magnitude.size() % 8 == 0 ? 0 : 1)),
      negative_(value.negative) {
  const std::size_t size = value.magnitude.size();
  if constexpr (std::endian::native == std::endian::little) {
    if (size != 0) std::memcpy(limbs_.data(), value.magnitude.data(), size);
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      limbs_[i / 8] |= std::uint64_t{value.magnitude[i]} << (8 * (i % 8));
    }
  }
  normalise();
}

void big_integer::normalise() noexcept {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  negative_ = negative_ && !limbs_.empty();
}

void big_integer::multiply_add(std::uint64_t factor, std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (std::uint64_t& limb : limbs_) {
    const wide product = wide{limb} * factor + carry;
    limb = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64U);
  }
  if (carry != 0) limbs_.push_back(carry);
}

std::uint64_t big_integer::divide(std::uint64_t divisor) noexcept {
  std::uint64_t remainder = 0;
  for (std::size_t i = limbs_.size(); i-- > 0;) {
    const wide part = (wide{remainder} << 64U) | limbs_[i];
    limbs_[i] = static_cast<std::uint64_t>(part / divisor);
    remainder = static_cast<std::uint64_t>(part % divisor);
  }
  normalise();
  return remainder;
}

result<big_integer> big_integer::parse(std::string_view digits, unsigned base) {
  big_integer value;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() > max_digits) {
    return error{errc::too_large, 0, "the integer has too many digits"};
  }
  // As many digits at once as a limb can hold.
  std::size_t at_once = 1;
  std::uint64_t power = base;
  for (; power <= std::numeric_limits<std::uint64_t>::max() / base; ++at_once) power *= base;
  const char* next = digits.data();
  const char* const end = next + digits.size();
  bool is_whole = !digits.empty();
  for (std::size_t count = (digits.size() + at_once - 1) % at_once + 1; is_whole && next != end;
       next += count, count = at_once) {
    std::uint64_t part = 0;
    const auto [stopped, failure] =
        std::from_chars(next, next + count, part, static_cast<int>(base));
    is_whole = failure == std::errc{} && stopped == next + count;
    value.multiply_add(power, part);
  }
  if (!is_whole) {
    return error{errc::wrong_value, 0,
                 "an integer consists of digits of base " + std::to_string(base)};
  }
  value.negative_ = negative;
  value.normalise();
  return value;
}

std::string big_integer::to_string() const {
  if (is_zero()) return "0";
  std::vector<std::uint64_t> parts;
  big_integer rest = *this;
  while (!rest.is_zero()) parts.push_back(rest.divide(chunk));
  std::string text = negative_ ? "-" : "";
  text += std::to_string(parts.back());
  for (std::size_t i = parts.size() - 1; i-- > 0;) {
    const std::string part = std::to_string(parts[i]);
    text.append(chunk_digits - part.size(), '0').append(part);
  }
  return text;
}

std::optional<std::int64_t> big_integer::to_int64() const noexcept {
  if (is_zero()) return 0;
  const std::uint64_t limit = (std::uint64_t{1} << 63U) - (negative_ ? 0 : 1);
  if (limbs_.size() > 1 || limbs_[0] > limit) return std::nullopt;
  return static_cast<std::int64_t>(negative_ ? 0 - limbs_[0] : limbs_[0]);
}

std::optional<std::uint64_t> big_integer::to_uint64() const noexcept {
  if (is_zero()) return 0;
  if (limbs_.size() > 1 || negative_) return std::nullopt;
  return limbs_[0];
}

double big_integer::to_double() const noexcept {
  if (is_zero()) return 0;
  const std::size_t size = limbs_.size();
  const auto shift = static_cast<unsigned>(std::countl_zero(limbs_.back()));
  const auto exponent = static_cast<int>(std::min<std::size_t>(64 * (size - 1), 1'000'000));
  std::uint64_t top = limbs_.back() << shift;
  std::uint64_t lost = 0;
  if (size > 1) {
    if (shift != 0) top |= limbs_[size - 2] >> (64U - shift);
    lost = limbs_[size - 2] << shift;
    for (std::size_t i = 0; i + 2 < size; ++i) lost |= limbs_[i];
  }
  // Whatever lies below only decides which way a tie goes.
  if (lost != 0) top |= 1U;
  const double magnitude = std::ldexp(static_cast<double>(top), exponent - static_cast<int>(shift));
  return negative_ ? -magnitude : magnitude;
}

void big_integer::write_to(writer& out) const {
  if constexpr (std::endian::native == std::endian::little) {
    out.write_big({as_bytes(std::as_bytes(limbs())), negative_});
  } else {
    std::vector<std::uint8_t> magnitude(limbs_.size() * 8);
    for (std::size_t i = 0; i < limbs_.size(); ++i) store_little(&magnitude[8 * i], limbs_[i]);
    out.write_big({magnitude, negative_});
  }
}

big_integer big_integer::read_from(reader& in) {
  std::array<std::uint8_t, 8> scratch{};
  return big_integer{in.read_big(scratch)};
}

std::strong_ordering operator<=>(const big_integer& a, const big_integer& b) noexcept {
  if (a.negative_ != b.negative_) return b.negative_ <=> a.negative_;
  return a.negative_ ? compare(b.limbs_, a.limbs_) : compare(a.limbs_, b.limbs_);
}

big_integer operator+(const big_integer& a, const big_integer& b) {
  const bool a_is_larger = std::is_gteq(compare(a.limbs_, b.limbs_));
  const big_integer& larger = a_is_larger ? a : b;
  const big_integer& smaller = a_is_larger ? b : a;
  big_integer total;
  total.limbs_ = a.negative_ == b.negative_ ? sum(larger.limbs_, smaller.limbs_)
                                            : difference(larger.limbs_, smaller.limbs_);
  total.negative_ = larger.negative_;
  total.normalise();
  return total;
}

}  // namespace beamnode::etf
