// Bitstrings of Erlang text.
#include <beamnode/etf/big_integer.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "text_builder.hpp"
#include "text_number.hpp"
#include "utf8.hpp"

namespace beamnode::etf {

using detail::segment_type;
using detail::segment_value;
using detail::text_problem;
using detail::text_segment;

namespace {

std::array<std::uint8_t, 8> little_endian(std::uint64_t value) noexcept {
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8U;
  }
  return bytes;
}

}  // namespace

text_problem text_builder::put_segment(const text_segment& segment, std::size_t mark) {
  const std::string_view text = text_.substr(segment.begin, segment.end - segment.begin);
  switch (segment.value) {
    case segment_value::bits: return put_nested_bits(segment, mark);
    case segment_value::string: return put_string_segment(segment, text);
    default: return put_number_segment(segment, text);
  }
}

text_problem text_builder::put_bytes(std::string_view text) {
  return detail::for_each_quoted(
      text, [&](std::uint32_t c) { return put_character_bits({.type = segment_type::utf8}, c); });
}

text_problem text_builder::close_bits(std::size_t /*mark*/) {
  writer out(out_);
  out.write_bits(bits_.view());
  bits_.clear();
  return out.ok() ? text_problem::none : text_problem::bitstring_too_large;
}

// What is inside stands at the end of the bits already: at most its end is cut off.
text_problem text_builder::put_nested_bits(const text_segment& segment, std::size_t mark) {
  const std::size_t length = bits_.size() - mark;
  if (!segment.has_size) {
    return length % segment.unit == 0 ? text_problem::none : text_problem::partial_bits_in_segment;
  }
  if (segment.size > length / segment.unit) return text_problem::segment_too_short;
  bits_.truncate(mark + segment.size * segment.unit);
  return text_problem::none;
}

text_problem text_builder::put_string_segment(const text_segment& segment,
                                              std::string_view strings) {
  return for_each_character(strings,
                            [&](std::uint32_t c) { return put_character_bits(segment, c); });
}

text_problem text_builder::put_number_segment(const text_segment& segment, std::string_view text) {
  if (segment.value == segment_value::floating) {
    double value = 0;
    if (const text_problem p = read_float(text, value); p != text_problem::none) return p;
    return put_float_bits(segment, segment.negative ? -value : value);
  }
  if (segment.value == segment_value::character) {
    const std::array<std::uint8_t, 8> bytes = little_endian(detail::read_escapable(text, 1).value);
    magnitude_.assign(bytes.begin(), bytes.end());
    while (!magnitude_.empty() && magnitude_.back() == 0) magnitude_.pop_back();
  } else if (const text_problem p = read_magnitude(text, magnitude_); p != text_problem::none) {
    return p;
  }
  const big_view value{magnitude_, segment.negative && !magnitude_.empty()};
  if (segment.type == segment_type::integer) return put_integer_bits(segment, value);
  if (segment.type == segment_type::floating) {
    const double as_float = big_integer(value).to_double();
    if (!std::isfinite(as_float)) return text_problem::integer_too_big_for_float;
    return put_float_bits(segment, as_float);
  }
  std::uint32_t character = 0;
  if (magnitude_.size() > 3 || value.negative) return text_problem::bad_utf_segment;
  for (std::size_t i = magnitude_.size(); i-- > 0;) character = (character << 8U) | magnitude_[i];
  return put_character_bits(segment, character);
}

text_problem text_builder::reserve_bits(std::uint64_t bits) {
  const std::uint64_t bytes = bits / 8 + 1;
  if (bytes > bits_left_) return text_problem::bitstring_too_large;
  bits_left_ -= bytes;
  return text_problem::none;
}

text_problem text_builder::put_integer_bits(const text_segment& segment, big_view value) {
  const std::uint64_t bits = segment.size * segment.unit;
  if (const text_problem p = reserve_bits(bits); p != text_problem::none) return p;
  bits_.append_integer(value, bits, segment.is_little);
  return text_problem::none;
}

text_problem text_builder::put_float_bits(const text_segment& segment, double value) {
  const auto bits = static_cast<unsigned>(segment.size * segment.unit);
  if (const text_problem p = reserve_bits(bits); p != text_problem::none) return p;
  bits_.append_integer({little_endian(float_bits(value, bits)), false}, bits, segment.is_little);
  return text_problem::none;
}

text_problem text_builder::put_character_bits(const text_segment& segment, std::uint32_t c) {
  if (segment.type == segment_type::floating) return put_float_bits(segment, c);
  if (segment.type == segment_type::integer) {
    return put_integer_bits(segment, {little_endian(c), false});
  }
  if (!utf8::is_scalar(c)) return text_problem::bad_utf_segment;
  if (const text_problem p = reserve_bits(32); p != text_problem::none) return p;
  const auto put = [&](std::uint32_t value, std::size_t bits) {
    bits_.append_integer({little_endian(value), false}, bits, segment.is_little);
  };
  if (segment.type == segment_type::utf32) {
    put(c, 32);
  } else if (segment.type == segment_type::utf16 && c > 0xFFFF) {
    put(0xD800 + ((c - 0x1'0000) >> 10U), 16);
    put(0xDC00 + ((c - 0x1'0000) & 0x3FFU), 16);
  } else if (segment.type == segment_type::utf16) {
    put(c, 16);
  } else {
    std::array<char, 4> bytes{};
    const std::size_t size = utf8::encode(c, bytes.data());
    for (std::size_t i = 0; i < size; ++i) bits_.append(static_cast<std::uint8_t>(bytes[i]), 8);
  }
  return text_problem::none;
}

}  // namespace beamnode::etf
