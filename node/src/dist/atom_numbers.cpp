#include "dist/atom_numbers.hpp"

#include <beamnode/etf/tag.hpp>

#include <algorithm>
#include <cstring>

namespace beamnode::dist {

using etf::bytes_view;
using etf::tag;

namespace {

constexpr std::uint8_t is_new = 8;  // among the four bits of a reference; the others: its segment

/// Where an atom of this text has its slot.
std::size_t slot_of(bytes_view text) noexcept {
  constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::size_t taken = std::min(text.size(), sizeof first);
  std::memcpy(&first, text.data(), taken);
  std::memcpy(&last, text.data() + text.size() - taken, taken);
  const std::uint64_t mixed = (((first * odd) ^ last) + text.size()) * odd;
  static_assert(atom_numbers::slots == std::size_t{1} << 9U);
  return mixed >> (64U - 9U);
}

std::size_t count_at(const std::uint8_t* at, std::size_t width) noexcept {
  return width == 4 ? etf::load_big<std::uint32_t>(at)
                    : (width == 2 ? etf::load_big<std::uint16_t>(at) : *at);
}

/// How values are laid out: a tag, `fixed` bytes, one of `per` bytes for each that a count of
/// `width` bytes behind the tag says, and `nested` terms for each of these, and one more for lists.
struct layout {
  std::uint8_t fixed = 0;  // 0: not rewritten
  std::uint8_t width = 0;
  std::uint8_t per = 0;
  std::uint8_t nested = 0;
};

layout layout_of(tag t) noexcept {
  switch (t) {
    case tag::nil: return {1};
    case tag::small_integer: return {2};
    case tag::integer: return {5};
    case tag::new_float: return {9};
    case tag::small_big: return {3, 1, 1};
    case tag::large_big: return {6, 4, 1};
    case tag::binary: return {5, 4, 1};
    case tag::bit_binary: return {6, 4, 1};
    case tag::string: return {3, 2, 1};
    case tag::small_tuple: return {2, 1, 0, 1};
    case tag::large_tuple:
    case tag::list: return {5, 4, 0, 1};
    case tag::map: return {5, 4, 0, 2};
    // Old atoms stay as they are.
    case tag::atom_utf8:
    case tag::atom_latin1: return {3, 2, 1};
    case tag::small_atom_latin1: return {2, 1, 1};
    default: return {};
  }
}

/// Of an identifier: the bytes before its node, and those behind it.
struct identifier_layout {
  std::size_t before = 0;  // 0: no identifier
  std::size_t behind = 0;
};

identifier_layout identifier_of(bytes_view at) noexcept {
  switch (static_cast<tag>(at[0])) {
    case tag::new_pid:
    case tag::v4_port: return {1, 12};
    case tag::new_port: return {1, 8};
    case tag::newer_reference:
      if (at.size() < 3) return {};
      return {3, 4 + 4 * std::size_t{etf::load_big<std::uint16_t>(at.data() + 1)}};
    default: return {};
  }
}

}  // namespace

std::optional<std::uint8_t> atom_numbers::number_of(bytes_view text) {
  if (text.empty()) return std::nullopt;
  const std::size_t slot = slot_of(text);
  const bool known = table_ && std::ranges::equal(etf::as_bytes((*table_)[slot].text()), text);
  for (std::size_t i = 0; i < count_; ++i) {
    if (references_.at(i).slot != slot) continue;
    // Another atom may have the slot in this frame.
    return known ? std::optional(static_cast<std::uint8_t>(i)) : std::nullopt;
  }
  if (count_ == most) return std::nullopt;
  if (!known) {
    // What is only passed on makes no atoms here.
    const auto name = etf::atom::find(etf::as_text(text));
    if (!name) return std::nullopt;
    if (!table_) table_ = std::make_unique<std::array<etf::atom, slots>>();
    (*table_)[slot] = *name;
  }
  references_.at(count_) = {static_cast<std::uint16_t>(slot), !known};
  return static_cast<std::uint8_t>(count_++);
}

bool atom_numbers::rewrite(bytes_view term, etf::byte_buffer& out) {
  std::size_t at = 0;
  std::size_t copied = 0;
  // An atom in SMALL_ATOM_UTF8_EXT. False when none is here.
  const auto take_atom = [&] {
    if (term.size() - at < 2 || term[at] != static_cast<std::uint8_t>(tag::small_atom_utf8) ||
        term.size() - at - 2 < term[at + 1]) {
      return false;
    }
    const bytes_view text = term.subspan(at + 2, term[at + 1]);
    if (const auto number = number_of(text)) {
      out.append(term.subspan(copied, at - copied));
      out.append(static_cast<std::uint8_t>(tag::atom_cache_ref));
      out.append(*number);
      copied = at + 2 + text.size();
    }
    at += 2 + text.size();
    return true;
  };
  for (std::size_t pending = 1; pending != 0; --pending) {
    if (at >= term.size()) return false;
    if (take_atom()) continue;
    const auto kind = static_cast<tag>(term[at]);
    if (kind == tag::export_fun) {  // module, function, arity
      ++at;
      pending += 3;
      continue;
    }
    if (const identifier_layout id = identifier_of(term.subspan(at)); id.before != 0) {
      at += id.before;
      if (!take_atom() || term.size() - at < id.behind) return false;
      at += id.behind;
      continue;
    }
    const layout shape = layout_of(kind);
    if (shape.fixed == 0 || term.size() - at < shape.fixed) return false;
    const std::size_t count = shape.width == 0 ? 0 : count_at(term.data() + at + 1, shape.width);
    if (term.size() - at - shape.fixed < count * shape.per) return false;
    at += shape.fixed + count * shape.per;
    pending += count * shape.nested + (kind == tag::list ? 1 : 0);
  }
  out.append(term.subspan(copied, at - copied));
  return at == term.size();
}

void atom_numbers::write_header(etf::byte_buffer& out) const {
  out.append(static_cast<std::uint8_t>(count_));
  if (count_ == 0) return;
  // Four bits a reference; those behind the last say that no length takes two bytes.
  const auto flag = [this](std::size_t i) -> unsigned {
    if (i >= count_) return 0;
    const reference& r = references_.at(i);
    return (r.slot >> 8U) | (r.is_new ? is_new : 0U);
  };
  for (std::size_t i = 0; i <= count_; i += 2) {
    out.append(static_cast<std::uint8_t>(flag(i) | (flag(i + 1) << 4U)));
  }
  for (std::size_t i = 0; i < count_; ++i) {
    const reference& r = references_.at(i);
    out.append(static_cast<std::uint8_t>(r.slot & 0xFFU));
    if (!r.is_new) continue;
    const bytes_view text = etf::as_bytes((*table_)[r.slot].text());
    out.append(static_cast<std::uint8_t>(text.size()));
    out.append(text);
  }
}

void atom_numbers::give_up() noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    const reference& r = references_.at(i);
    if (r.is_new) (*table_)[r.slot] = {};
  }
  count_ = 0;
}

}  // namespace beamnode::dist
