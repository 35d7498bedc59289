#pragma once
/// Integers of any size, as Erlang has them: a value of sign and magnitude, with what it takes to
/// carry, compare, print and read them, and sums and differences. Not a number-crunching library.

#include <beamnode/etf/reader.hpp>
#include <beamnode/etf/writer.hpp>

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode::etf {

class big_integer {
 public:
  /// Zero.
  big_integer() noexcept = default;
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  big_integer(T value)
      : big_integer(
            value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value),
            value < 0) {}
  explicit big_integer(big_view value);

  /// Digits of a base from 2 to 36 (letters of either case), at most max_digits, with a sign before
  /// them or not; fails with wrong_value or too_large. Time grows with the square of the length (a
  /// second for a million decimal digits).
  [[nodiscard]] static result<big_integer> parse(std::string_view digits, unsigned base = 10);
  static constexpr std::size_t max_digits = 1'300'000;

  /// In decimal. Time grows with the square of the length.
  [[nodiscard]] std::string to_string() const;
  /// The value, if this type can hold it.
  [[nodiscard]] std::optional<std::int64_t> to_int64() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> to_uint64() const noexcept;
  /// The nearest double (ties to even); infinite beyond the largest one.
  [[nodiscard]] double to_double() const noexcept;

  [[nodiscard]] bool is_zero() const noexcept { return limbs_.empty(); }
  [[nodiscard]] bool is_negative() const noexcept { return negative_; }
  /// The magnitude, lowest limb first, without leading zero limbs; empty for zero.
  [[nodiscard]] std::span<const std::uint64_t> limbs() const noexcept { return limbs_; }

  void write_to(writer& out) const;
  /// Zero if `in` fails.
  [[nodiscard]] static big_integer read_from(reader& in);

  friend bool operator==(const big_integer&, const big_integer&) noexcept = default;
  friend std::strong_ordering operator<=>(const big_integer& a, const big_integer& b) noexcept;
  friend big_integer operator+(const big_integer& a, const big_integer& b);
  friend big_integer operator-(const big_integer& a, const big_integer& b) { return a + -b; }
  friend big_integer operator-(big_integer a) noexcept {
    a.negative_ = !a.negative_ && !a.is_zero();
    return a;
  }

 private:
  big_integer(std::uint64_t magnitude, bool negative);
  void normalise() noexcept;
  void multiply_add(std::uint64_t factor, std::uint64_t addend);
  std::uint64_t divide(std::uint64_t divisor) noexcept;

  std::vector<std::uint64_t> limbs_;
  bool negative_ = false;
};

}  // namespace beamnode::etf

template <> struct std::hash<beamnode::etf::big_integer> {
  std::size_t operator()(const beamnode::etf::big_integer& value) const noexcept {
    std::size_t h = value.is_negative() ? 1 : 0;
    for (const std::uint64_t limb : value.limbs()) h = beamnode::etf::detail::mix(h, limb);
    return h;
  }
};
