#include "text_builder.hpp"

#include <algorithm>
#include <charconv>

#include "text_number.hpp"
#include "utf8.hpp"

namespace beamnode::etf {

using detail::text_problem;

namespace {

constexpr std::size_t count_size = 4;

}  // namespace

text_problem text_builder::begin_value(std::size_t offset) {
  if (out_.size() <= watched_) watched_text_ = offset;
  if (elements_left_ == 0) return text_problem::too_many_elements;
  --elements_left_;
  return text_problem::none;
}

text_problem text_builder::put_number(std::string_view text, detail::token_kind kind,
                                      bool negative) {
  writer out(out_);
  if (kind == detail::token_kind::floating) {
    double value = 0;
    const text_problem p = read_float(text, value);
    out.write_float(negative ? -value : value);
    return p;
  }
  std::int64_t small = 0;
  if (kind == detail::token_kind::character) {
    small = detail::read_escapable(text, 1).value;
  } else {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), small);
    if (failure != std::errc{} || end != text.data() + text.size()) {
      const text_problem p = read_magnitude(text, magnitude_);
      if (p == text_problem::none) out.write_big({magnitude_, negative});
      return p;
    }
  }
  out.write_integer(negative ? -small : small);
  return text_problem::none;
}

text_problem text_builder::put_atom(std::string_view text) {
  put_name(out_, text);
  return text_problem::none;
}

void text_builder::put_name(byte_buffer& out, std::string_view text) {
  if (text.front() == '\'') {
    text = text.substr(1, text.size() - 2);
    if (text.find('\\') != text.npos) {
      name_.clear();
      for (std::size_t at = 0; at < text.size();) {
        const detail::text_character c = detail::read_escapable(text, at);
        utf8::append(name_, c.value);
        at += c.size;
      }
      text = name_;
    }
  }
  writer(out).write_checked_atom(text);
}

text_problem text_builder::put_string(std::string_view text) {
  characters_.clear();
  std::uint32_t all = 0;
  const text_problem p = for_each_character(text, [&](std::uint32_t c) {
    if (characters_.size() >= elements_left_) return text_problem::too_many_elements;
    characters_.push_back(c);
    all |= c;
    return text_problem::none;
  });
  if (p != text_problem::none) return p;
  elements_left_ -= characters_.size();
  writer out(out_);
  if (characters_.empty()) {
    out.write_nil();
  } else if (all <= 0xFF && characters_.size() <= 0xFFFF) {
    const std::span<std::uint8_t> bytes = out.write_string(characters_.size());
    std::ranges::transform(characters_, bytes.begin(),
                           [](std::uint32_t c) { return static_cast<std::uint8_t>(c); });
  } else {
    out.write_list(characters_.size());
    for (const std::uint32_t c : characters_) out.write_unsigned(c);
    out.write_nil();
  }
  return out.ok() ? text_problem::none : text_problem::too_many_elements;
}

text_problem text_builder::put_binary(std::string_view text) {
  name_.clear();
  const text_problem p = detail::for_each_quoted(text, [&](std::uint32_t c) {
    utf8::append(name_, c);
    return text_problem::none;
  });
  writer(out_).write_text(name_);
  return p;
}

text_problem text_builder::put_fun(std::string_view module, std::string_view function,
                                   std::uint8_t arity) {
  out_.append(static_cast<std::uint8_t>(tag::export_fun));
  put_name(out_, module);
  put_name(out_, function);
  writer(out_).write_unsigned(arity);
  return text_problem::none;
}

text_problem text_builder::put_variable(std::size_t index) {
  if (use_ == detail::text_use::pattern) {
    put_marker(static_cast<std::uint32_t>(index));
  } else {
    holes_.push_back({out_.size(), index});
  }
  return text_problem::none;
}

text_problem text_builder::put_anonymous() {
  put_marker(pattern_marker::anonymous);
  return text_problem::none;
}

void text_builder::put_marker(std::uint32_t id) { writer(out_).write_pid({.id = id}); }

std::size_t text_builder::begin_count(tag t) {
  out_.append(static_cast<std::uint8_t>(t));
  const std::size_t mark = out_.size();
  set_count(mark, 0);
  return mark;
}

void text_builder::set_count(std::size_t mark, std::uint32_t count) noexcept {
  if (out_.size() == mark) out_.extend(count_size);
  store_big(out_.data() + mark, count);
}

std::size_t text_builder::open(frame_kind what, bool is_in_key) {
  switch (what) {
    case frame_kind::tuple: return begin_count(tag::large_tuple);
    case frame_kind::map: {
      if (use_ != detail::text_use::pattern || is_in_key) return begin_count(tag::map);
      const std::size_t mark = begin_count(tag::large_tuple);
      put_marker(pattern_marker::map);
      return mark;
    }
    default: return begin_count(tag::list);
  }
}

std::size_t text_builder::open_record(std::string_view module, std::string_view name) {
  const std::size_t mark = begin_count(tag::record);
  out_.append(std::uint8_t{1});
  put_name(out_, module);
  put_name(out_, name);
  return mark;
}

text_problem text_builder::put_field(std::size_t mark, std::string_view name) {
  fields_.push_back({mark, name});
  return text_problem::none;
}

text_problem text_builder::put_tail(std::size_t mark, std::uint32_t count) {
  set_count(mark, count);
  return text_problem::none;
}

text_problem text_builder::close(frame_kind what, std::size_t mark, std::uint32_t count) {
  if (what == frame_kind::tail) return text_problem::none;
  if (what == frame_kind::list) {
    if (count == 0) out_.truncate(mark - 1);
    if (count != 0 && shorten_to_string(mark, count)) return text_problem::none;
    out_.append(static_cast<std::uint8_t>(tag::nil));
    if (count == 0) return text_problem::none;
  }
  const bool is_pattern_map = what == frame_kind::map &&
                              out_.data()[mark - 1] == static_cast<std::uint8_t>(tag::large_tuple);
  if (is_pattern_map && count > (reader::max_arity - 1) / 2) return text_problem::too_many_elements;
  set_count(mark, is_pattern_map ? 2 * count + 1 : count);
  return text_problem::none;
}

// OTP writes every list of bytes as STRING_EXT.
bool text_builder::shorten_to_string(std::size_t mark, std::uint32_t count) noexcept {
  std::uint8_t* const list = out_.data() + mark;
  const std::uint8_t* const elements = list + count_size;
  if (count > 0xFFFF || out_.size() - mark - count_size != 2 * std::size_t{count}) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (elements[2 * i] != static_cast<std::uint8_t>(tag::small_integer)) return false;
  }
  list[-1] = static_cast<std::uint8_t>(tag::string);
  for (std::size_t i = 0; i < count; ++i) list[2 + i] = elements[2 * i + 1];
  store_big(list, static_cast<std::uint16_t>(count));
  out_.truncate(mark + 2 + count);
  return true;
}

// The names of a record's fields stand before all of its values.
void text_builder::insert_fields() {
  std::ranges::stable_sort(fields_, {}, &field::record);
  byte_buffer whole;
  std::size_t done = 0;
  auto next_hole = holes_.begin();
  const auto copy_up_to = [&](std::size_t end) {
    for (; next_hole != holes_.end() && next_hole->offset < end; ++next_hole) {
      next_hole->offset += whole.size() - done;
    }
    whole.append(out_.view().subspan(done, end - done));
    done = end;
  };
  for (auto at = fields_.begin(); at != fields_.end();) {
    reader head(out_.view().subspan(at->record + count_size + 1));
    head.skip();
    head.skip();
    copy_up_to(at->record + count_size + 1 + head.offset());
    for (const std::size_t record = at->record; at != fields_.end() && at->record == record; ++at) {
      put_name(whole, at->name);
    }
  }
  copy_up_to(out_.size());
  for (; next_hole != holes_.end(); ++next_hole) next_hole->offset += whole.size() - done;
  out_ = std::move(whole);
}

text_template text_builder::finish() {
  if (!fields_.empty()) insert_fields();
  return {std::move(out_), std::move(holes_)};
}

}  // namespace beamnode::etf
