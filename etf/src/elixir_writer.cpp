#include "elixir_writer.hpp"

#include <algorithm>
#include <utility>

#include "elixir_literal.hpp"
#include "elixir_struct.hpp"
#include "text_line.hpp"
#include "text_literal.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

atom atom_of(const cell& c) noexcept {
  return atom::from_index(static_cast<std::uint32_t>(c.word));
}

bool is_key(const cell& c) noexcept {
  return c.what == form::atom && !atom_of(c).text().starts_with("Elixir.");
}

bool is_keyword(const cell& c) noexcept {
  return c.what == form::tuple && c.aux == 2 && is_key(*c.cells);
}

bool is_keyword_list(const cell& list) noexcept {
  cell rest = list;
  for (; detail::is_cons(rest); rest = detail::tail_of(rest)) {
    if (!is_keyword(detail::head_of(rest))) return false;
  }
  return rest.what == form::nil;
}

bool is_keyword_set(const cell& elements) noexcept {
  for (std::size_t i = 0; i < elements.aux; ++i) {
    if (!is_keyword(elements.cells[2 * i])) return false;
  }
  return elements.aux != 0;
}

bool has_keys(const cell& map) noexcept {
  for (std::size_t i = 0; i < map.aux; ++i) {
    if (!is_key(map.cells[2 * i])) return false;
  }
  return true;
}

}  // namespace

void elixir_writer::write(const cell& root) {
  write_one(root);
  while (!open_.empty() && !is_full()) write_next();
  while (!open_.empty()) open_.pop();
}

std::size_t elixir_writer::column() noexcept { return out_.size() - line_start_; }

void elixir_writer::break_line(std::size_t indent) {
  const std::size_t room = enough_ - std::min(enough_, out_.size()) + 1;
  out_ += '\n';
  line_start_ = out_.size();
  out_.append(std::min(indent, room), ' ');
}

bool elixir_writer::is_hidden(const cell& key) noexcept {
  const std::string_view name = atom_of(key).text();
  return name == "__struct__" || name == "__exception__";
}

void elixir_writer::skip_hidden(unfinished& in) noexcept {
  while (in.is_struct && in.parts.next() == part::element) {
    text_parts rest = in.parts;
    if (!is_hidden(rest.take())) return;
    rest.take();
    in.parts = rest;
  }
}

void elixir_writer::write_next() {
  unfinished& in = open_.back();
  if (in.parts.is_at_value()) {
    const cell value = in.parts.take();
    if (in.keys_only) return;
    if (in.what == shape::pairs) out_ += " => ";
    return write_one(value);
  }
  skip_hidden(in);
  const part next = in.parts.next();
  if (next == part::end) return close();
  if (left_to_write_ == 0 && next == part::element) return write_dots(in);
  if (next == part::tail) {
    in.has_tail = true;
    in.left_behind_tail = left_to_write_;
  }
  if (left_to_write_ != 0) --left_to_write_;
  const bool wants_length = !in.is_flat && in.fills_lines && !in.is_first;
  separate(in, next == part::tail ? " |" : ",", wants_length ? length_of_next(in) : 0);
  in.is_first = false;
  write_element(in);
}

void elixir_writer::write_dots(const unfinished& in) {
  constexpr std::string_view dots = "...";
  separate(in, ",", dots.size() + 1);
  out_ += dots;
  close();
}

void elixir_writer::write_element(unfinished& in) {
  const cell element = in.parts.take();
  switch (in.what) {
    case shape::plain:
    case shape::pairs: return write_one(element);
    case shape::keywords: return elixir_literal::append_key(out_, atom_of(element));
    case shape::list_of_keywords:
      elixir_literal::append_key(out_, atom_of(*element.cells));
      return write_one(element.cells[1]);
  }
}

std::size_t elixir_writer::length_of_next(const unfinished& in) const {
  text_parts rest = in.parts;
  const cell element = rest.take();
  const std::size_t separator = rest.next() == part::tail ? 2 : 1;
  return length_of(element, width_) + separator;
}

void elixir_writer::separate(const unfinished& in, std::string_view separator, std::size_t behind) {
  if (!in.is_first) out_ += separator;
  if (in.is_flat || (in.fills_lines && (in.is_first || column() + 1 + behind <= width_))) {
    if (!in.is_first) out_ += ' ';
  } else {
    break_line(in.indent);
  }
}

void elixir_writer::close() {
  const unfinished& in = open_.back();
  if (!in.is_flat && !in.fills_lines) break_line(in.indent - 2);
  out_ += in.closing;
  no_charlists_ = in.had_no_charlists;
  // Elixir forgets what the tail took of the limit.
  if (in.has_tail) left_to_write_ = in.left_behind_tail;
  open_.pop();
}

bool elixir_writer::is_within_flat() noexcept {
  return width_ == 0 || (!open_.empty() && open_.back().is_flat);
}

std::size_t elixir_writer::indent() noexcept { return open_.empty() ? 0 : open_.back().indent; }

bool elixir_writer::is_flat(const cell& c) {
  return is_within_flat() || column() + breakable_length_of(c, width_) <= width_;
}

void elixir_writer::begin(std::string_view opening, unfinished in, bool is_flat) {
  in.is_flat = is_flat;
  in.indent = indent() + (in.fills_lines ? 1 : 2);
  in.had_no_charlists = no_charlists_;
  no_charlists_ = no_charlists_ || in.keys_only;
  out_ += opening;
  open_.push(in);
}

void elixir_writer::write_one(const cell& c) {
  switch (c.what) {
    case form::list:
    case form::byte_list: return write_list(c);
    case form::map: return write_map(c);
    case form::tuple: return write_tuple(c);
    case form::bits: return write_bits(c);
    default: return write_leaf(c);
  }
}

bool elixir_writer::is_charlist(const cell& list) const noexcept {
  if (no_charlists_) return false;
  cell rest = list;
  for (; detail::is_cons(rest); rest = detail::tail_of(rest)) {
    const cell& head = detail::head_of(rest);
    if (head.what != form::integer || !elixir_literal::is_in_charlist(head.word)) return false;
  }
  return rest.what == form::nil;
}

void elixir_writer::write_list(const cell& c) {
  if (is_charlist(c)) {
    std::string characters;
    for (cell rest = c; detail::is_cons(rest) && characters.size() <= enough_;
         rest = detail::tail_of(rest)) {
      characters += static_cast<char>(detail::head_of(rest).word);
    }
    out_ += "~c\"";
    elixir_literal::append_escaped(out_, characters, enough_);
    out_ += '"';
    return;
  }
  unfinished in{.parts = text_parts(c, any_depth), .closing = "]"};
  if (is_keyword_list(c)) in.what = shape::list_of_keywords;
  in.fills_lines = in.what == shape::plain && (is_within_flat() || has_simple_elements(c));
  begin("[", in, is_flat(c));
}

void elixir_writer::write_tuple(const cell& c) {
  if (c.aux == 0) {
    out_ += "{}";
  } else {
    begin("{", {.parts = text_parts(c, any_depth), .closing = "}"}, is_flat(c));
  }
}

void elixir_writer::write_map(const cell& c) {
  unfinished in{.parts = text_parts(c, any_depth), .closing = "}", .fills_lines = false};
  const std::optional<atom> module = structs_ ? elixir_struct::module_of(c) : std::nullopt;
  if (module && elixir_struct::append_text(out_, c, *module)) return;
  const cell* const elements = module ? elixir_struct::set_elements(c, *module) : nullptr;
  if (elements != nullptr) {
    in = {.parts = text_parts(*elements, any_depth), .closing = "])", .keys_only = true};
    if (is_keyword_set(*elements)) in.what = shape::list_of_keywords;
    const bool had_no_charlists = std::exchange(no_charlists_, true);
    in.fills_lines =
        in.what == shape::plain && (is_within_flat() || has_simple_elements(*elements));
    no_charlists_ = had_no_charlists;
    const bool is_single = elements->aux == 1 && in.fills_lines;
    const bool flat = is_within_flat() || is_single || elements->aux == 0 ||
                      column() + length_of(c, width_ + 1) - 1 <= width_;
    return begin("MapSet.new([", in, flat);
  }
  std::string opening = "%";
  if (module) {
    elixir_literal::append_atom(opening, *module);
    in.is_struct = true;
    skip_hidden(in);
  }
  opening += '{';
  if (in.parts.next() == part::end) {
    out_.append(opening).append(1, '}');
    return;
  }
  in.what = has_keys(c) ? shape::keywords : shape::pairs;
  const bool flat = is_flat(c);
  begin(opening, in, flat);
}

bool elixir_writer::is_text(const cell& bits) const noexcept {
  return bits.extra == 8 && elixir_literal::is_printable(as_text(detail::content_of(bits)));
}

void elixir_writer::write_bits(const cell& c) {
  if (c.aux == 0 || is_text(c)) {
    out_ += '"';
    elixir_literal::append_escaped(out_, as_text(detail::content_of(c)), enough_);
    out_ += '"';
    return;
  }
  const bool flat = is_flat(c);
  const std::size_t shown = std::min<std::size_t>(c.aux, left_to_write_);
  const auto item = [&](std::size_t i) -> std::string {
    if (i == shown) return "...";
    if (c.extra == 8 || i + 1 != c.aux) return std::to_string(detail::bytes_of(c)[i]);
    return std::to_string(detail::bytes_of(c)[i] >> (8U - c.extra)) + "::size(" +
           std::to_string(c.extra) + ")";
  };
  const std::size_t items = shown == c.aux ? shown : shown + 1;
  out_ += "<<";
  for (std::size_t i = 0; i < items && !is_full(); ++i) {
    const std::string text = item(i);
    if (i != 0) {
      out_ += ',';
      const std::size_t behind = i + 1 == items ? 2 : 1;
      if (flat || column() + 1 + text.size() + behind <= width_) {
        out_ += ' ';
      } else {
        break_line(indent() + 2);
      }
    }
    out_ += text;
  }
  out_ += ">>";
  left_to_write_ -= shown;
}

bool elixir_writer::is_simple(const cell& c) const {
  switch (c.what) {
    case form::list:
    case form::byte_list: return is_charlist(c);
    case form::tuple: return c.aux == 0;
    case form::bits: return c.aux == 0 || is_text(c);
    case form::map: break;
    default: return true;
  }
  if (c.aux == 0) return true;
  const std::optional<atom> module = structs_ ? elixir_struct::module_of(c) : std::nullopt;
  if (!module) return false;
  if (const cell* const elements = elixir_struct::set_elements(c, *module)) {
    return elements->aux == 0;
  }
  std::string text;
  return c.aux == 1 || elixir_struct::append_text(text, c, *module);
}

bool elixir_writer::has_simple_elements(const cell& container) const {
  text_parts parts(container, any_depth);
  for (std::size_t left = left_to_write_; parts.next() != part::end && left != 0; --left) {
    if (!is_simple(parts.take())) return false;
    if (parts.is_at_value()) parts.take();
  }
  return true;
}

std::size_t elixir_writer::length_of(const cell& c, std::size_t enough) const {
  std::string text;
  elixir_writer one_line(text, enough, {.limit = left_to_write_, .structs = structs_});
  one_line.no_charlists_ = no_charlists_;
  one_line.write(c);
  return text.size();
}

std::size_t elixir_writer::breakable_length_of(cell c, std::size_t enough) const {
  std::size_t brackets = 0;
  while (c.what == form::tuple && c.aux == 1 && brackets <= enough) {
    c = *c.cells;
    ++brackets;
  }
  const bool is_single =
      (c.what == form::bits && c.aux == 1) ||
      (c.what == form::list && c.aux == 1 && c.cells[1].what == form::nil && is_simple(*c.cells));
  if (is_single || is_simple(c)) return 0;
  return brackets + length_of(c, enough);
}

void elixir_writer::write_identifier(std::string_view opening, atom node,
                                     std::initializer_list<std::uint64_t> numbers) {
  out_ += opening;
  line_writer::append_node(out_, node);
  for (const std::uint64_t number : numbers) out_.append(1, '.').append(std::to_string(number));
  out_ += '>';
}

void elixir_writer::write_leaf(const cell& c) {
  switch (c.what) {
    case form::floating: return elixir_literal::append_float(out_, c.floating);
    case form::atom: return elixir_literal::append_atom(out_, atom_of(c));
    case form::big: {
      const std::size_t start = out_.size();
      literal_text::append_big(out_, {{c.bytes, c.aux}, c.extra != 0});
      const std::size_t base = out_.find("16#", start);
      if (base != out_.npos) out_.replace(base, 3, "0x");
      return;
    }
    case form::export_fun:
      out_ += '&';
      elixir_literal::append_atom(out_,
                                  atom::from_index(static_cast<std::uint32_t>(c.word >> 32U)));
      out_ += '.';
      elixir_literal::append_function(out_, atom_of(c));
      out_.append(1, '/').append(std::to_string(c.aux));
      return;
    case form::fun: return write_function(c);
    case form::pid: {
      const auto& value = detail::payload<pid>(c);
      return write_identifier("#PID<", value.node, {value.id, value.serial});
    }
    case form::port: {
      const auto& value = detail::payload<port>(c);
      return write_identifier("#Port<", value.node, {value.id});
    }
    case form::reference: {
      std::string text;
      line_writer(text, text.max_size()).write(c, any_depth);
      out_.append("#Reference").append(text, std::string_view("#Ref").size());
      return;
    }
    default: line_writer(out_, enough_).write(c, any_depth);
  }
}

void elixir_writer::write_function(const cell& c) {
  const auto& fun = detail::payload<detail::fun_payload>(c);
  out_.append("#Function<").append(std::to_string(fun.index));
  out_.append(1, '.').append(std::to_string(fun.old_uniq));
  out_.append(1, '/').append(std::to_string(fun.arity)).append(" in ");
  elixir_literal::append_atom(out_, fun.module);
  out_ += '>';
}

std::string elixir_text(const term& value, const elixir_options& options) {
  std::string text;
  elixir_writer(text, options.max_bytes, options).write(value.raw());
  cut_text(text, options.max_bytes);
  return text;
}

}  // namespace beamnode::etf
