// What a reader reads by name: atoms, and the identifiers that hold the atom of their node.
#include <beamnode/etf/reader.hpp>

#include "atom_memo.hpp"
#include "atom_name.hpp"

namespace beamnode::etf {
namespace {

// The creation of the old identifier tags has 2 bits, and the first word of their references 18.
constexpr std::uint8_t max_old_creation = 3;
constexpr std::uint32_t max_old_word = 0x3'FFFF;

}  // namespace

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
  atom_memo& memo = atom_memo::of_this_thread();
  if (remaining() >= 2 && *next_ == byte(tag::small_atom_utf8) && remaining() - 2 >= next_[1]) {
    if (const std::optional<atom> known = memo.recall({next_ + 2, next_[1]})) {
      next_ += 2 + std::size_t{next_[1]};
      return *known;
    }
  }
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  atom_name name;
  errc code = scan_atom(name);
  if (code == errc::wrong_type) {
    fail_expecting(kind::atom);
    return {};
  }
  const atom found = code == errc::none ? intern(name, code) : atom{};
  if (code != errc::none) {
    fail_at(at, code, kind::atom);
  } else {
    memo.remember(found);
  }
  return found;
}

void reader::expect_atom(atom expected) noexcept {
  pass_empty_list_headers();
  const std::uint8_t* const at = next_;
  atom_name name;
  const errc code = scan_atom(name);
  if (code == errc::wrong_type) {
    if (ok()) which_ = expected.index();
    return fail_expecting(kind::atom);
  }
  if (code != errc::none) return fail_at(at, code, kind::atom);
  if (!name.is(expected)) fail_wanting(at, errc::wrong_value, kind::atom, expected.index());
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

}  // namespace beamnode::etf
