#include "text_line.hpp"

#include <algorithm>

#include "text_literal.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

bool is_string(const cell& list, printable_range range) noexcept {
  cell rest = list;
  for (; detail::is_cons(rest); rest = detail::tail_of(rest)) {
    const cell& head = detail::head_of(rest);
    if (head.what != form::integer || !literal_text::is_printable(head.word, range)) {
      return false;
    }
  }
  return rest.what == form::nil;
}

void cut_text(std::string& text, std::size_t max_bytes) {
  constexpr std::string_view cut = "...";
  if (text.size() <= max_bytes) return;
  std::size_t end = std::max(max_bytes, cut.size()) - cut.size();
  while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.erase(end).append(cut);
}

std::string_view byte_items::take() {
  if (depth_ == 1) {
    at_ = bits_.aux;
    return "...";
  }
  depth_ = one_less(depth_);
  const std::uint8_t byte = detail::bytes_of(bits_)[at_++];
  const bool is_partial = done() && bits_.extra != 8;
  text_ = std::to_string(is_partial ? byte >> (8U - bits_.extra) : byte);
  if (is_partial) text_.append(1, ':').append(std::to_string(bits_.extra));
  return text_;
}

void line_writer::write(const cell& root, text_depth depth) {
  write_one(root, depth);
  while (!open_.empty() && !is_full()) write_next();
  while (!open_.empty()) open_.pop();
}

void line_writer::write_next() {
  unfinished& in = open_.back();
  const part next = in.parts.next();
  if (next == part::end) {
    out_ += in.parts.is_list() ? ']' : '}';
    open_.pop();
    return;
  }
  if (in.parts.is_at_value()) {
    out_ += " => ";
  } else if (!in.is_first) {
    out_ += next != part::element && in.parts.is_list() ? '|' : ',';
  }
  in.is_first = false;
  if (next == part::dots) {
    out_ += in.parts.is_list() ? "...]" : "...}";
    open_.pop();
    return;
  }
  if (in.names != nullptr) {
    literal_text::append_atom(out_, *in.names++);
    out_ += " = ";
  }
  const text_depth depth = in.parts.depth_of_next();
  write_one(in.parts.take(), depth);
}

void line_writer::write_one(const cell& c, text_depth depth) {
  switch (c.what) {
    case form::nil: out_ += "[]"; return;
    case form::integer: out_ += std::to_string(c.integer); return;
    case form::floating: return literal_text::append_float(out_, c.floating);
    case form::atom: return write_atom(c.word);
    case form::big: return literal_text::append_big(out_, {{c.bytes, c.aux}, c.extra != 0});
    case form::bits: return write_bits(c, depth);
    case form::tuple: return open("{", c, depth);
    case form::map: return open("#{", c, depth);
    case form::list:
    case form::byte_list: return write_list(c, depth);
    case form::export_fun:
      out_ += "fun ";
      write_atom(c.word >> 32U);
      out_ += ':';
      write_atom(c.word & 0xFFFF'FFFFU);
      out_.append(1, '/').append(std::to_string(c.aux));
      return;
    case form::fun: return write_fun(detail::payload<detail::fun_payload>(c));
    case form::record:
      write_record_name(c);
      if (depth == 1 && c.aux != 0) {
        out_ += "{...}";
        return;
      }
      open("{", c, depth);
      open_.back().names = detail::fields_of(c);
      return;
    case form::pid: {
      const auto& value = detail::payload<pid>(c);
      begin_identifier("#Pid<", value.node);
      append_number(value.id);
      append_number(value.serial);
      out_ += '>';
      return;
    }
    case form::port: {
      const auto& value = detail::payload<port>(c);
      begin_identifier("#Port<", value.node);
      append_number(value.id);
      out_ += '>';
      return;
    }
    case form::reference: {
      const auto& value = detail::payload<reference>(c);
      begin_identifier("#Ref<", value.node);
      for (std::size_t i = value.count; i-- > 0;) append_number(value.words[i]);
      out_ += '>';
      return;
    }
  }
}

void line_writer::write_atom(std::uint64_t index) {
  literal_text::append_atom(out_, atom::from_index(static_cast<std::uint32_t>(index)));
}

void line_writer::append_node(std::string& out, atom node) {
  const std::string_view name = node.text();
  const bool is_plain =
      name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.-:") == name.npos;
  if (is_plain) {
    out += name;
  } else {
    literal_text::append_atom(out, node);
  }
}

void line_writer::begin_identifier(std::string_view opening, atom node) {
  out_ += opening;
  append_node(out_, node);
}

void line_writer::append_number(std::uint64_t number) {
  out_.append(1, '.').append(std::to_string(number));
}

void line_writer::open(std::string_view opening, const cell& c, text_depth depth) {
  out_ += opening;
  open_.push({.parts = text_parts(c, depth)});
}

void line_writer::write_list(const cell& list, text_depth depth) {
  if (depth == 1 || !is_string(list, range_)) return open("[", list, depth);
  out_ += '"';
  for (cell rest = list; detail::is_cons(rest) && !is_full(); rest = detail::tail_of(rest)) {
    const auto character = static_cast<std::uint32_t>(detail::head_of(rest).word);
    literal_text::append_character(out_, character, '"');
  }
  out_ += '"';
}

bool line_writer::write_text_binary(const cell& c, text_depth depth) {
  constexpr std::uint32_t characters_per_level = 4;
  if (c.extra != 8) return false;
  if (depth == any_depth) {
    return literal_text::append_printable_binary(out_, detail::content_of(c), enough_, range_);
  }
  const std::size_t least = depth - 1;
  return literal_text::append_printable_start(
      out_, detail::content_of(c), least,
      std::min<std::size_t>(least * characters_per_level, c.aux), enough_, range_);
}

void line_writer::write_bits(const cell& c, text_depth depth) {
  if (c.aux != 0 && depth == 1) {
    out_ += "<<...>>";
    return;
  }
  if (write_text_binary(c, depth)) return;
  out_ += "<<";
  byte_items items(c, depth);
  while (!items.done() && !is_full()) {
    out_ += items.take();
    if (!items.done()) out_ += ',';
  }
  out_ += ">>";
}

void line_writer::write_fun(const detail::fun_payload& fun) {
  out_.append("#Fun<").append(fun.module.text());
  out_.append(1, '.').append(std::to_string(fun.old_index));
  out_.append(1, '.').append(std::to_string(fun.old_uniq)).append(1, '>');
}

void line_writer::write_record_name(const cell& c) {
  const auto& record = detail::payload<detail::record_payload>(c);
  out_ += '#';
  literal_text::append_atom(out_, record.module);
  out_ += ':';
  literal_text::append_atom(out_, record.name);
}

}  // namespace beamnode::etf
