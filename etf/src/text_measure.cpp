#include "text_measure.hpp"

#include <algorithm>

#include "text_literal.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

bool has_entry(const cell& c) noexcept {
  switch (c.what) {
    case form::tuple:
    case form::list:
    case form::byte_list:
    case form::map:
    case form::record:
    case form::bits:
    case form::big: return true;
    default: return false;
  }
}

}  // namespace

std::size_t characters_of(std::string_view text) noexcept {
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, is_start));
}

void text_measures::measure(const cell& root, text_depth depth) {
  if (!has_entry(root)) return;
  begin(root, depth);
  while (!open_.empty()) measure_next();
}

measured text_measures::of(const cell& c, std::uint32_t at) {
  if (!has_entry(c)) return {.length = length_of_whole(c, any_depth)};
  const entry& found = entries_[at];
  return {found.length, found.entries, found.is_whole != 0};
}

void text_measures::add(std::size_t length) noexcept {
  std::uint32_t& sum = open_.back().length;
  sum = static_cast<std::uint32_t>(std::min<std::size_t>(sum + length, limit_));
}

std::uint32_t text_measures::length_of_whole(const cell& c, text_depth depth) {
  scratch_.clear();
  line_writer(scratch_, 4 * std::size_t{limit_}, range_).write(c, depth);
  return static_cast<std::uint32_t>(std::min<std::size_t>(characters_of(scratch_), limit_));
}

void text_measures::begin(const cell& c, text_depth depth) {
  const auto at = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({.length = 0, .is_whole = 1, .entries = 1});
  std::uint32_t brackets = 2;
  const atom* names = nullptr;
  bool is_whole = depth == 1 || c.aux == 0;
  switch (c.what) {
    case form::tuple: break;
    case form::map: brackets = 3; break;
    case form::record:
      is_whole = depth == 1;
      if (is_whole) break;
      scratch_.clear();
      line_writer(scratch_, scratch_.max_size()).write_record_name(c);
      brackets += static_cast<std::uint32_t>(characters_of(scratch_));
      names = detail::fields_of(c);
      break;
    case form::list:
    case form::byte_list: is_whole = depth != 1 && is_string(c, range_); break;
    case form::bits: {
      scratch_.clear();
      is_whole = is_whole || line_writer(scratch_, 0, range_).write_text_binary(c, depth);
      entries_[at].length = length_of_whole(c, depth) & 0x7FFF'FFFFU;
      entries_[at].is_whole = is_whole ? 1 : 0;
      if (!open_.empty()) add(entries_[at].length);
      return;
    }
    default: is_whole = true; break;
  }
  if (!is_whole) {
    open_.push({.parts = text_parts(c, depth), .names = names, .at = at, .length = brackets});
    return;
  }
  entries_[at].length = length_of_whole(c, depth) & 0x7FFF'FFFFU;
  if (!open_.empty()) add(entries_[at].length);
}

void text_measures::measure_next() {
  constexpr std::size_t length_of_dots = 3;
  constexpr std::size_t length_of_arrow = 4;
  constexpr std::size_t length_of_equals = 3;
  unfinished& in = open_.back();
  const part next = in.parts.next();
  if (next == part::end || next == part::dots) {
    if (next == part::dots) add(length_of_dots + (in.is_first ? 0 : 1));
    entry& found = entries_[in.at];
    const std::uint32_t length = in.length;
    found.length = length & 0x7FFF'FFFFU;
    found.is_whole = 0;
    found.entries = static_cast<std::uint32_t>(entries_.size()) - in.at;
    open_.pop();
    if (!open_.empty()) add(length);
    return;
  }
  if (in.parts.is_at_value()) {
    add(length_of_arrow);
  } else if (!in.is_first) {
    add(1);
  }
  in.is_first = false;
  if (in.names != nullptr) {
    scratch_.clear();
    literal_text::append_atom(scratch_, *in.names++);
    add(characters_of(scratch_) + length_of_equals);
  }
  const text_depth depth = in.parts.depth_of_next();
  const cell child = in.parts.take();
  if (has_entry(child)) {
    begin(child, depth);
  } else {
    add(length_of_whole(child, depth));
  }
}

}  // namespace beamnode::etf
