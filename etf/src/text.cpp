#include <beamnode/etf/text.hpp>

#include "block.hpp"
#include "text_literal.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;

/// A container whose text has begun.
struct unfinished {
  cell rest;  // a list; or cells, of a tuple, map or record
  const atom* names = nullptr;
  bool is_first = true;
  bool is_list = false;
};

bool is_text(const cell& list) noexcept {
  cell rest = list;
  for (; detail::is_cons(rest); rest = detail::tail_of(rest)) {
    const cell& head = detail::head_of(rest);
    if (head.what != form::integer || !literal_text::is_printable(head.word)) return false;
  }
  return rest.what == form::nil;
}

class printer {
 public:
  explicit printer(std::size_t enough) noexcept : enough_(enough) {}

  std::string run(const cell& root) {
    print(root);
    while (!open_.empty() && !is_full()) print_next();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool is_full() const noexcept { return out_.size() > enough_; }

  void print_next() {
    unfinished& in = open_.back();
    if (in.is_list) return print_next_of_list(in);
    if (in.rest.aux == 0) {
      out_ += '}';
      open_.pop();
      return;
    }
    const bool is_value = in.rest.what == form::map && in.rest.aux % 2 != 0;
    if (is_value) {
      out_ += " => ";
    } else {
      separate(in);
    }
    if (in.names != nullptr) {
      literal_text::append_atom(out_, *in.names++);
      out_ += " = ";
    }
    --in.rest.aux;
    print(*in.rest.cells++);
  }

  void print_next_of_list(unfinished& in) {
    if (in.rest.what == form::nil) {
      out_ += ']';
      open_.pop();
    } else if (detail::is_cons(in.rest)) {
      separate(in);
      const cell& head = detail::head_of(in.rest);
      in.rest = detail::tail_of(in.rest);
      print(head);
    } else {
      out_ += '|';
      const cell tail = in.rest;
      in.rest = {};
      print(tail);
    }
  }

  void separate(unfinished& in) {
    if (!in.is_first) out_ += ',';
    in.is_first = false;
  }

  void print(const cell& c) {
    switch (c.what) {
      case form::nil: out_ += "[]"; return;
      case form::integer: out_ += std::to_string(c.integer); return;
      case form::floating: return literal_text::append_float(out_, c.floating);
      case form::atom: return print_atom(static_cast<std::uint32_t>(c.word));
      case form::big: return literal_text::append_big(out_, {{c.bytes, c.aux}, c.extra != 0});
      case form::bits: return print_bits(c);
      case form::tuple: out_ += '{'; return open(c, c.aux);
      case form::map: out_ += "#{"; return open(c, 2 * c.aux);
      case form::list:
      case form::byte_list: return print_list(c);
      case form::export_fun:
        out_ += "fun ";
        print_atom(static_cast<std::uint32_t>(c.word >> 32U));
        out_ += ':';
        print_atom(static_cast<std::uint32_t>(c.word));
        out_.append(1, '/').append(std::to_string(c.aux));
        return;
      case form::fun: return print_fun(detail::payload<detail::fun_payload>(c));
      case form::record: return print_record(c);
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

  void print_atom(std::uint32_t index) { literal_text::append_atom(out_, atom::from_index(index)); }

  void begin_identifier(std::string_view opening, atom node) {
    out_ += opening;
    const std::string_view name = node.text();
    const bool is_plain =
        name.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.-:") == name.npos;
    if (is_plain) {
      out_ += name;
    } else {
      literal_text::append_atom(out_, node);
    }
  }

  void append_number(std::uint64_t number) { out_.append(1, '.').append(std::to_string(number)); }

  void open(const cell& c, std::uint32_t cells) {
    unfinished opened{c};
    opened.rest.cells = detail::cells_of(c);
    opened.rest.aux = cells;
    open_.push(opened);
  }

  void print_list(const cell& list) {
    if (!is_text(list)) {
      out_ += '[';
      open_.push({.rest = list, .is_list = true});
      return;
    }
    out_ += '"';
    for (cell rest = list; detail::is_cons(rest) && !is_full(); rest = detail::tail_of(rest)) {
      const auto character = static_cast<std::uint32_t>(detail::head_of(rest).word);
      literal_text::append_character(out_, character, '"');
    }
    out_ += '"';
  }

  void print_bits(const cell& c) {
    const bytes_view content{c.bytes, c.aux};
    if (c.extra == 8 && literal_text::append_printable_binary(out_, content, enough_)) return;
    out_ += "<<";
    for (std::size_t i = 0; i < content.size() && !is_full(); ++i) {
      if (i != 0) out_ += ',';
      const bool is_partial = c.extra != 8 && i + 1 == content.size();
      const unsigned value = is_partial ? content[i] >> (8U - c.extra) : content[i];
      out_ += std::to_string(value);
      if (is_partial) out_.append(1, ':').append(std::to_string(c.extra));
    }
    out_ += ">>";
  }

  void print_fun(const detail::fun_payload& fun) {
    out_.append("#Fun<").append(fun.module.text());
    out_.append(1, '.').append(std::to_string(fun.old_index));
    out_.append(1, '.').append(std::to_string(fun.old_uniq)).append(1, '>');
  }

  void print_record(const cell& c) {
    const auto& record = detail::payload<detail::record_payload>(c);
    out_ += '#';
    literal_text::append_atom(out_, record.module);
    out_ += ':';
    literal_text::append_atom(out_, record.name);
    out_ += '{';
    open(c, c.aux);
    open_.back().names = detail::fields_of(c);
  }

  std::size_t enough_;
  std::string out_;
  work_stack<unfinished> open_;
};

}  // namespace

std::string erlang_text(const term& value, const text_limits& bounds) {
  constexpr std::string_view cut = "...";
  std::string text = printer(bounds.max_bytes).run(value.raw());
  if (text.size() <= bounds.max_bytes) return text;
  std::size_t end = std::max(bounds.max_bytes, cut.size()) - cut.size();
  while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.erase(end).append(cut);
}

}  // namespace beamnode::etf
