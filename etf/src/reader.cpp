#include <beamnode/etf/reader.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "atom_name.hpp"
#include "float_text.hpp"

namespace beamnode::etf {
namespace {

// The creation of the old identifier tags has 2 bits, and the first word of their references 18.
constexpr std::uint8_t max_old_creation = 3;
constexpr std::uint32_t max_old_word = 0x3'FFFF;

}  // namespace

void reader::fail_at(const std::uint8_t* at, errc code, kind expected) noexcept {
  if (!ok()) return;
  code_ = code;
  failed_at_ = at;
  expected_ = expected;
  next_ = end_;
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
  std::uint64_t magnitude = 0;
  for (std::size_t i = value.magnitude.size(); i-- > 0;) {
    magnitude = (magnitude << 8U) | value.magnitude[i];
  }
  return {magnitude, value.negative, true};
}

std::int64_t reader::read_other_integer() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  const small_word word = read_word();
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
  const small_word word = read_word();
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

errc reader::scan_atom(atom_name& name) noexcept {
  if (next_ == end_) return errc::truncated;
  if (starts(tag::atom_cache_ref)) {
    if (remaining() < 2) return errc::truncated;
    if (next_[1] >= atom_refs_.size()) return errc::bad_atom_cache_ref;
    name.known = atom_refs_[next_[1]];
    next_ += 2;
    return errc::none;
  }
  const bool is_short = starts(tag::small_atom_utf8) || starts(tag::small_atom_latin1);
  if (!is_short && !starts(tag::atom_utf8) && !starts(tag::atom_latin1)) return errc::wrong_type;
  name.is_latin1 = starts(tag::small_atom_latin1) || starts(tag::atom_latin1);
  const std::size_t header = is_short ? 2 : 3;
  if (remaining() < header) return errc::truncated;
  const std::size_t size = is_short ? next_[1] : load_big<std::uint16_t>(next_ + 1);
  if (size > (name.is_latin1 ? atom::max_characters : atom::max_bytes)) return errc::atom_too_long;
  if (remaining() - header < size) return errc::truncated;
  name.text = as_text({next_ + header, size});
  next_ += header + size;
  return errc::none;
}

atom reader::intern(const atom_name& name, errc& code) noexcept {
  if (name.known) return *name.known;
  latin1_buffer buffer;
  const std::string_view text = name.utf8(buffer);
  if (const std::optional<atom> found = atom::find(text)) return *found;
  const result<atom> added =
      new_atoms_left_ == 0 ? error{errc::too_many_atoms} : atom::intern(text);
  if (!added) {
    code = added.error().code();
    return {};
  }
  --new_atoms_left_;
  return *added;
}

atom reader::read_atom() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  atom_name name;
  errc code = scan_atom(name);
  if (code == errc::wrong_type) {
    fail_expecting(kind::atom);
    return {};
  }
  const atom found = code == errc::none ? intern(name, code) : atom{};
  if (code != errc::none) fail_at(at, code, kind::atom);
  return found;
}

void reader::expect_atom(atom expected) noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  atom_name name;
  const errc code = scan_atom(name);
  if (code == errc::wrong_type) return fail_expecting(kind::atom);
  if (code != errc::none) return fail_at(at, code, kind::atom);
  if (!name.is(expected)) fail_at(at, errc::wrong_value, kind::atom);
}

bool reader::next_is(atom expected) const noexcept {
  reader ahead = *this;
  ahead.pass_empty_list_headers();
  atom_name name;
  return ahead.scan_atom(name) == errc::none && name.is(expected);
}

atom reader::read_node(const std::uint8_t* identifier, std::size_t bytes_behind) noexcept {
  const atom node = read_atom();
  if (ok() && remaining() < bytes_behind) fail_at(identifier, errc::truncated);
  return node;
}

pid reader::read_pid() noexcept {
  pass_empty_list_headers();
  const bool is_old = starts(tag::pid);
  if (!is_old && !starts(tag::new_pid)) {
    fail_expecting(kind::pid);
    return {};
  }
  const std::uint8_t* const at = next_++;
  pid value;
  value.node = read_node(at, is_old ? 9 : 12);
  if (!ok()) return {};
  value.id = take<std::uint32_t>();
  value.serial = take<std::uint32_t>();
  value.creation = is_old ? take<std::uint8_t>() : take<std::uint32_t>();
  if (is_old && value.creation > max_old_creation) {
    fail_at(at, errc::bad_identifier);
    return {};
  }
  return value;
}

port reader::read_port() noexcept {
  pass_empty_list_headers();
  const bool is_old = starts(tag::port);
  const bool is_v4 = starts(tag::v4_port);
  if (!is_old && !is_v4 && !starts(tag::new_port)) {
    fail_expecting(kind::port);
    return {};
  }
  const std::uint8_t* const at = next_++;
  port value;
  value.node = read_node(at, is_old ? 5 : is_v4 ? 12 : 8);
  if (!ok()) return {};
  value.id = is_v4 ? take<std::uint64_t>() : take<std::uint32_t>();
  value.creation = is_old ? take<std::uint8_t>() : take<std::uint32_t>();
  if (is_old && value.creation > max_old_creation) {
    fail_at(at, errc::bad_identifier);
    return {};
  }
  return value;
}

reference reader::read_reference() noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  const bool has_one_word = starts(tag::reference);
  const bool is_new = starts(tag::newer_reference);
  if (!has_one_word && !is_new && !starts(tag::new_reference)) {
    fail_expecting(kind::reference);
    return {};
  }
  std::size_t count = 1;
  if (!has_one_word) {
    if (!has(3)) return {};
    count = load_big<std::uint16_t>(next_ + 1);
    next_ += 2;
  }
  ++next_;
  if (count > reference::max_words) {
    fail_at(at, errc::bad_identifier);
    return {};
  }
  reference value;
  value.count = static_cast<std::uint8_t>(count);
  value.node = read_node(at, 4 * count + (is_new ? 4 : 1));
  if (!ok()) return {};
  if (has_one_word) value.words[0] = take<std::uint32_t>();
  value.creation = is_new ? take<std::uint32_t>() : take<std::uint8_t>();
  for (std::size_t i = 0; !has_one_word && i < count; ++i) value.words[i] = take<std::uint32_t>();
  if (!is_new && (value.creation > max_old_creation || value.words[0] > max_old_word)) {
    fail_at(at, errc::bad_identifier);
    return {};
  }
  return value;
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

list_header reader::read_list() noexcept {
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

list_header reader::read_list_end() noexcept {
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

}  // namespace beamnode::etf
