#pragma once
/// A segment of a bitstring in Erlang text: `Value:Size/Type-Specifiers`.

#include <beamnode/etf/detail/text_problem.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace beamnode::etf::detail {

enum class segment_value : std::uint8_t { integer, character, floating, string, bits };
enum class segment_type : std::uint8_t { unspecified, integer, floating, bits, utf8, utf16, utf32 };

struct text_segment {
  segment_value value = segment_value::integer;
  bool negative = false;
  /// Where the value's text is; of a string also the space between its parts.
  std::size_t begin = 0;
  std::size_t end = 0;

  segment_type type = segment_type::unspecified;
  bool has_size = false;
  std::uint64_t size = 0;
  std::uint32_t unit = 0;  // 0: unspecified
  bool has_sign = false;
  bool is_signed = false;
  bool has_endianness = false;
  bool is_little = false;
  bool is_byte_type = false;

  /// False if it is neither known nor free to choose.
  constexpr text_problem specify(std::string_view word) noexcept {
    if (word == "integer") return set_type(segment_type::integer);
    if (word == "float") return set_type(segment_type::floating);
    if (word == "binary" || word == "bytes") return set_bits(true);
    if (word == "bitstring" || word == "bits") return set_bits(false);
    if (word == "utf8") return set_type(segment_type::utf8);
    if (word == "utf16") return set_type(segment_type::utf16);
    if (word == "utf32") return set_type(segment_type::utf32);
    if (word == "signed") return set(has_sign, is_signed, true);
    if (word == "unsigned") return set(has_sign, is_signed, false);
    if (word == "big") return set(has_endianness, is_little, false);
    if (word == "little") return set(has_endianness, is_little, true);
    if (word == "native") {
      return set(has_endianness, is_little, std::endian::native == std::endian::little);
    }
    return text_problem::unknown_segment_type;
  }

  /// Fills in what was not specified; what is wrong whatever the value.
  constexpr text_problem resolve() noexcept {
    if (type == segment_type::unspecified) type = segment_type::integer;
    if (value == segment_value::bits || type == segment_type::bits) return resolve_bits();
    if (type >= segment_type::utf8) {
      if (has_size || unit != 0) return text_problem::sized_utf_segment;
      return value == segment_value::floating ? text_problem::float_in_other_segment
                                              : text_problem::none;
    }
    if (unit != 0 && !has_size) return text_problem::segment_with_unit_only;
    if (unit == 0) unit = 1;
    if (type == segment_type::integer) {
      if (!has_size) size = 8;
      return value == segment_value::floating ? text_problem::float_in_other_segment
                                              : text_problem::none;
    }
    if (!has_size) size = 64;
    const std::uint64_t bits = size > 64 ? size : size * unit;
    const bool is_possible = bits == 16 || bits == 32 || bits == 64;
    return is_possible ? text_problem::none : text_problem::bad_float_size;
  }

 private:
  constexpr text_problem set_type(segment_type wanted) noexcept {
    if (type != segment_type::unspecified && type != wanted) {
      return text_problem::contradicting_segment;
    }
    type = wanted;
    return text_problem::none;
  }
  constexpr text_problem set_bits(bool bytes) noexcept {
    if (type == segment_type::bits && is_byte_type != bytes) {
      return text_problem::contradicting_segment;
    }
    is_byte_type = bytes;
    return set_type(segment_type::bits);
  }
  static constexpr text_problem set(bool& is_known, bool& flag, bool wanted) noexcept {
    if (is_known && flag != wanted) return text_problem::contradicting_segment;
    is_known = true;
    flag = wanted;
    return text_problem::none;
  }
  constexpr text_problem resolve_bits() noexcept {
    if (type != segment_type::bits) return text_problem::bits_in_other_segment;
    if (value != segment_value::bits) return text_problem::number_in_binary_segment;
    if (unit == 0) unit = is_byte_type ? 8 : 1;
    return text_problem::none;
  }
};

}  // namespace beamnode::etf::detail
