#include <beamnode/etf/reader.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "float_text.hpp"

namespace beamnode::etf {

void reader::fail_at(const std::uint8_t* at, errc code, kind expected) noexcept {
  if (!ok()) return;
  code_ = code;
  failed_at_ = at;
  expected_ = expected;
  next_ = end_;
}

void reader::fail_at(const std::uint8_t* at, errc code, description expected) noexcept {
  if (ok()) describe_ = expected;
  fail_at(at, code);
}

void reader::fail_wanting(const std::uint8_t* at, errc code, kind expected,
                          std::size_t which) noexcept {
  if (ok() && which < any) which_ = static_cast<std::uint32_t>(which);
  fail_at(at, code, expected);
}

void reader::fail_expecting(kind expected, description which) noexcept {
  if (!ok()) return;
  describe_ = which;
  pass_empty_list_headers();
  if (peek() != expected) return fail_expecting(expected);
  reader whole = *this;
  whole.skip();
  fail(whole.ok() ? errc::wrong_value : whole.code(), expected);
}

void reader::fail_expecting(kind expected) noexcept {
  if (next_ == end_) return fail(errc::truncated, expected);
  if (kind_of(*next_) != kind::none) return fail(errc::wrong_type, expected);
  const bool refused = starts(tag::fun) || starts(tag::local) || starts(tag::compressed);
  fail(refused ? errc::refused_tag : errc::unknown_tag, expected);
}

bool reader::has(std::size_t count) noexcept {
  if (remaining() >= count) return true;
  fail(errc::truncated);
  return false;
}

// LIST_EXT of length 0 is nothing but its tail.
void reader::pass_empty_list_headers() noexcept {
  while (remaining() >= 5 && *next_ == byte(tag::list) && load_big<std::uint32_t>(next_ + 1) == 0) {
    next_ += 5;
  }
}

kind reader::peek_list() const noexcept {
  reader behind = *this;
  behind.pass_empty_list_headers();
  return behind.next_ == end_ ? kind::none : kind_of(*behind.next_);
}

big_view reader::read_big(std::span<std::uint8_t, 8> scratch) noexcept {
  pass_empty_list_headers();
  if (next_is_small_integer()) {
    scratch[0] = take_small_integer();
    return {scratch.first(1), false};
  }
  if (next_is_integer()) {
    const std::int64_t value = take_integer();
    store_big(scratch.data(), static_cast<std::uint64_t>(value < 0 ? -value : value));
    std::ranges::reverse(scratch);
    return {scratch.first(4), value < 0};
  }
  const bool large = starts(tag::large_big);
  if (!large && !starts(tag::small_big)) {
    if (starts(tag::small_integer) || starts(tag::integer)) {
      fail(errc::truncated);
    } else {
      fail_expecting(kind::integer);
    }
    return {};
  }
  const std::size_t header = large ? 6 : 3;
  if (!has(header)) return {};
  const std::size_t size = large ? load_big<std::uint32_t>(next_ + 1) : next_[1];
  if (size > max_big_bytes) {
    fail(errc::too_large);
    return {};
  }
  if (!has(header + size)) return {};
  const bool negative = next_[header - 1] != 0;
  const bytes_view magnitude{next_ + header, size};
  next_ += header + size;
  return {magnitude, negative};
}

reader::small_word reader::read_word() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  std::array<std::uint8_t, 8> scratch{};
  big_view value = read_big(scratch);
  while (!value.magnitude.empty() && value.magnitude.back() == 0) {
    value.magnitude = value.magnitude.first(value.magnitude.size() - 1);
  }
  if (value.magnitude.size() > 8) fail_at(at, errc::out_of_range, kind::integer);
  if (!ok()) return {};
  const std::size_t size = value.magnitude.size();
  const std::uint64_t magnitude = load_little(value.magnitude.data(), size, size);
  return {magnitude, value.negative, true};
}

// A whole SMALL_BIG_EXT of 64 bits or less.
bool reader::next_is_word() const noexcept {
  const std::size_t left = remaining();
  return left >= 3 && *next_ == byte(tag::small_big) && next_[1] <= 8 && left - 3 >= next_[1];
}

reader::small_word reader::take_word() noexcept {
  const std::size_t size = next_[1];
  const small_word word{load_little(next_ + 3, size, remaining() - 3), next_[2] != 0, true};
  next_ += 3 + size;
  return word;
}

std::int64_t reader::read_other_integer() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  const small_word word = next_is_word() ? take_word() : read_word();
  constexpr std::uint64_t limit = std::uint64_t{1} << 63U;
  if (word.fits && word.magnitude < limit + (word.negative ? 1 : 0)) {
    return static_cast<std::int64_t>(word.negative ? 0 - word.magnitude : word.magnitude);
  }
  fail_at(at, errc::out_of_range, kind::integer);
  return 0;
}

std::uint64_t reader::read_other_unsigned() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  const small_word word = next_is_word() ? take_word() : read_word();
  if (word.fits && (!word.negative || word.magnitude == 0)) return word.magnitude;
  fail_at(at, errc::out_of_range, kind::integer);
  return 0;
}

double reader::read_float() noexcept {
  pass_empty_list_headers();
  if (starts(tag::float_text)) return read_float_text();
  if (!starts(tag::new_float)) {
    fail_expecting(kind::floating);
    return 0;
  }
  if (!has(9)) return 0;
  const auto value = std::bit_cast<double>(load_big<std::uint64_t>(next_ + 1));
  if (!std::isfinite(value)) {
    fail(errc::bad_float);
    return 0;
  }
  next_ += 9;
  return value;
}

double reader::read_float_text() noexcept {
  if (!has(32)) return 0;
  const std::optional<double> value = parse_float_text(as_text({next_ + 1, 31}));
  if (!value) {
    fail(errc::bad_float);
    return 0;
  }
  next_ += 32;
  return *value;
}

bit_view reader::read_bits() noexcept {
  pass_empty_list_headers();
  const bool partial = starts(tag::bit_binary);
  if (!partial && !starts(tag::binary)) {
    fail_expecting(kind::bit_string);
    return {};
  }
  const std::size_t header = partial ? 6 : 5;
  if (!has(header)) return {};
  const std::size_t size = load_big<std::uint32_t>(next_ + 1);
  const std::uint8_t last_bits = partial ? next_[5] : std::uint8_t{8};
  if (partial && (size == 0 || last_bits == 0 || last_bits > 8)) {
    fail(errc::bad_bits);
    return {};
  }
  if (!has(header + size)) return {};
  const bytes_view content{next_ + header, size};
  next_ += header + size;
  return {content, last_bits};
}

bytes_view reader::read_other_binary() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  const bit_view value = read_bits();
  if (value.last_bits == 8) return value.bytes;
  fail_at(at, errc::wrong_type, kind::bit_string);
  return {};
}

std::size_t reader::read_other_tuple() noexcept {
  pass_empty_list_headers();
  const bool large = starts(tag::large_tuple);
  if (!large && !starts(tag::small_tuple)) {
    fail_expecting(kind::tuple);
    return 0;
  }
  const std::size_t header = large ? 5 : 2;
  if (!has(header)) return 0;
  const std::size_t arity = large ? load_big<std::uint32_t>(next_ + 1) : next_[1];
  if (arity > max_arity) {
    fail(errc::too_large);
    return 0;
  }
  if (!has(header + arity)) return 0;
  next_ += header;
  return arity;
}

list_header reader::read_other_list() noexcept {
  pass_empty_list_headers();
  if (starts(tag::nil)) {
    ++next_;
    return {};
  }
  if (starts(tag::list)) {
    if (!has(5)) return {};
    const std::size_t length = load_big<std::uint32_t>(next_ + 1);
    if (!has(5 + length + 1)) return {};
    next_ += 5;
    return {length, false, {}};
  }
  if (starts(tag::string)) {
    if (!has(3)) return {};
    const std::size_t length = load_big<std::uint16_t>(next_ + 1);
    if (!has(3 + length)) return {};
    const bytes_view content{next_ + 3, length};
    next_ += 3 + length;
    if (length == 0) return {};
    return {length, true, content};
  }
  fail_expecting(kind::list);
  return {};
}

list_header reader::read_other_list_end() noexcept {
  if (!ok()) return {};
  const kind tail = peek();
  if (tail == kind::none || tail == kind::nil || tail == kind::list) return read_list();
  pass_empty_list_headers();
  fail(errc::improper_list);
  return {};
}

std::size_t reader::read_map() noexcept {
  pass_empty_list_headers();
  if (!starts(tag::map)) {
    fail_expecting(kind::map);
    return 0;
  }
  if (!has(5)) return 0;
  const std::size_t pairs = load_big<std::uint32_t>(next_ + 1);
  if (!has(5 + 2 * pairs)) return 0;
  next_ += 5;
  return pairs;
}

record_header reader::read_record() noexcept {
  pass_empty_list_headers();
  if (!starts(tag::record)) {
    fail_expecting(kind::record);
    return {};
  }
  if (!has(6)) return {};
  const std::size_t fields = load_big<std::uint32_t>(next_ + 1);
  const std::uint8_t flags = next_[5];
  if (flags > 1) {
    fail(errc::bad_record);
    return {};
  }
  // Every atom has two bytes at least, every value one.
  if (!has(6 + 4 + 3 * fields)) return {};
  next_ += 6;
  return {fields, flags == 1};
}

}  // namespace beamnode::etf
