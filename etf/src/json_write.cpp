#include <beamnode/etf/json.hpp>

#include <algorithm>
#include <array>

#include "base64.hpp"
#include "block.hpp"
#include "failure_path.hpp"
#include "json_text.hpp"
#include "text_literal.hpp"
#include "utf8.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;
using json_text::mark;

/// A container whose text has begun.
struct unfinished {
  enum class shape : std::uint8_t { list, cells, object, pairs };

  cell rest;  // what is still to be written: a list; or aux cells
  std::uint32_t written = 0;
  shape what = shape::list;
  std::string_view end;
};

std::string_view text_of(const cell& bits) noexcept { return as_text(detail::content_of(bits)); }

class json_writer {
 public:
  explicit json_writer(const json_options& options) noexcept : options_(options) {}

  result<std::string> run(const cell& root) {
    write(root);
    while (!open_.empty() && !failed_) write_next(open_.back());
    if (failed_) return error{code_, 0, std::move(sentence_), path()};
    return std::move(out_);
  }

 private:
  using shape = unfinished::shape;

  void write_next(unfinished& in) {
    if (in.what == shape::list ? in.rest.what == form::nil : in.rest.aux == 0) return close(in);
    if (in.what == shape::list) return write_next_of_list(in);
    if (in.what == shape::object) return write_next_of_object(in);
    if (in.what == shape::pairs && in.written % 2 == 0) out_ += in.written == 0 ? "[" : ",[";
    if (in.what == shape::pairs ? in.written % 2 != 0 : in.written != 0) out_ += ',';
    const cell& next = *in.rest.cells++;
    --in.rest.aux;
    ++in.written;
    // The value is a container of its own, so that "]" follows when it is written.
    if (in.what == shape::pairs && in.written % 2 == 0) {
      return open(&next, 1, shape::cells, "]");
    }
    write(next);
  }

  void write_next_of_list(unfinished& in) {
    if (!detail::is_cons(in.rest)) {
      if (!options_.lossless) {
        open_.pop();
        return fail(errc::improper_list, "an improper list has no JSON");
      }
      out_ += "],";
      in.end = "]}";
      const cell tail = in.rest;
      in.rest = {};
      return write(tail);
    }
    if (in.written++ != 0) out_ += ',';
    const cell& head = detail::head_of(in.rest);
    in.rest = detail::tail_of(in.rest);
    write(head);
  }

  void write_next_of_object(unfinished& in) {
    const cell& key = in.rest.cells[0];
    const cell& value = in.rest.cells[1];
    in.rest.cells += 2;
    in.rest.aux -= 2;
    if (!options_.lossless && is_struct_name(key, value)) return;
    if (in.written++ != 0) out_ += ',';
    write_key(key);
    out_ += ':';
    if (!failed_) write(value);
  }

  void close(const unfinished& in) {
    out_ += in.end;
    open_.pop();
  }

  void write(const cell& c) {
    switch (c.what) {
      case form::nil: out_ += "[]"; return;
      case form::integer: out_ += std::to_string(c.integer); return;
      case form::floating: return literal_text::append_float(out_, c.floating);
      case form::atom: return write_atom(atom::from_index(static_cast<std::uint32_t>(c.word)));
      case form::big: return write_big(c);
      case form::bits: return write_bits(c);
      case form::list:
      case form::byte_list: return write_list(c);
      case form::map: return write_map(c);
      default: break;
    }
    if (options_.lossless) return write_marked(c);
    const std::string_view kind = name_of(detail::as_term(c).type());
    fail(errc::wrong_type, std::string(kind).append(" has no JSON"));
  }

  void write_atom(atom value) {
    const std::string_view text = value.text();
    if (text == "true" || text == "false") {
      out_ += text;
    } else if (options_.lossless ? value == options_.null : text == "nil" || text == "null") {
      out_ += "null";
    } else if (options_.lossless) {
      write_marked_text(mark::atom, text);
    } else {
      write_text(text);
    }
  }

  void write_big(const cell& c) {
    if (options_.lossless && c.aux > json_text::max_decimal_bytes) return write_external(c);
    if (c.aux > big_integer::max_digits / 3) {
      return fail(errc::too_large, "the integer is too large for JSON");
    }
    const std::string digits = big_integer({{c.bytes, c.aux}, c.extra != 0}).to_string();
    if (options_.lossless) return write_marked_text(mark::integer, digits);
    out_ += digits;
  }

  void write_bits(const cell& c) {
    if (c.extra != 8) {
      if (!options_.lossless) return fail(errc::wrong_type, "a bit string has no JSON");
      begin(mark::bits);
      out_ += '[';
      write_base64(detail::content_of(c));
      out_.append(",").append(std::to_string(c.extra)).append("]}");
      return;
    }
    if (utf8::is_valid(text_of(c))) return write_text(text_of(c));
    if (!options_.lossless) {
      return fail(errc::invalid_utf8, "a binary that is not UTF-8 has no JSON");
    }
    begin(mark::binary);
    write_base64(detail::content_of(c));
    out_ += '}';
  }

  void write_list(const cell& c) {
    if (options_.lossless && !detail::as_term(c).is_proper_list()) {
      begin(mark::list);
      out_ += '[';
    }
    out_ += '[';
    open_.push({.rest = c, .written = 0, .what = shape::list, .end = "]"});
  }

  void write_map(const cell& c) {
    if (!options_.lossless || has_plain_keys(c)) {
      out_ += '{';
      return open(c.cells, 2 * c.aux, shape::object, "}");
    }
    begin(mark::map);
    out_ += '[';
    open(c.cells, 2 * c.aux, shape::pairs, "]}");
  }

  static bool has_plain_keys(const cell& map) noexcept {
    for (std::size_t i = 0; i < map.aux; ++i) {
      const cell& key = map.cells[2 * i];
      if (key.what != form::bits || key.extra != 8 || !utf8::is_valid(text_of(key)) ||
          text_of(key).starts_with('$')) {
        return false;
      }
    }
    return true;
  }

  static bool is_struct_name(const cell& key, const cell& value) noexcept {
    return key.what == form::atom && value.what == form::atom &&
           atom::from_index(static_cast<std::uint32_t>(key.word)).text() == "__struct__";
  }

  void write_key(const cell& key) {
    if (key.what == form::atom) {
      return write_text(atom::from_index(static_cast<std::uint32_t>(key.word)).text());
    }
    const bool is_number =
        key.what == form::integer || key.what == form::big || key.what == form::floating;
    if (is_number) {
      out_ += '"';
      write(key);
      out_ += '"';
    } else if (key.what == form::bits && key.extra == 8) {
      write(key);
    } else {
      std::string sentence = "a key is an atom, a binary or a number in JSON, not ";
      fail(errc::wrong_type, sentence.append(name_of(detail::as_term(key).type())));
    }
  }

  void write_marked(const cell& c) {
    switch (c.what) {
      case form::tuple:
        begin(mark::tuple);
        out_ += '[';
        return open(detail::cells_of(c), c.aux, shape::cells, "]}");
      case form::record: return write_record(c);
      case form::pid: return write_pid(*detail::as_term(c).as_pid());
      case form::port: return write_port(*detail::as_term(c).as_port());
      case form::reference: return write_reference(*detail::as_term(c).as_reference());
      case form::export_fun: return write_fun(*detail::as_term(c).as_external_function());
      default: return write_external(c);
    }
  }

  void write_record(const cell& c) {
    const record_head head = *detail::as_term(c).as_record();
    begin(mark::record);
    out_ += head.exported ? "[true," : "[false,";
    write_text(head.module.text());
    out_ += ',';
    write_text(head.name.text());
    out_ += ",[";
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
      if (i != 0) out_ += ',';
      write_text(head.fields[i].text());
    }
    out_ += "],[";
    open(detail::cells_of(c), c.aux, shape::cells, "]]}");
  }

  void write_pid(const pid& value) {
    begin(mark::pid, value.node);
    append_numbers({value.id, value.serial, value.creation});
    out_ += "]}";
  }
  void write_port(const port& value) {
    begin(mark::port, value.node);
    append_numbers({value.id, value.creation});
    out_ += "]}";
  }
  void write_reference(const reference& value) {
    begin(mark::reference, value.node);
    append_numbers({value.creation});
    out_ += ",[";
    for (std::size_t i = 0; i < value.count; ++i) {
      if (i != 0) out_ += ',';
      out_ += std::to_string(value.words.at(i));
    }
    out_ += "]]}";
  }
  void write_fun(const external_function& value) {
    begin(mark::fun, value.module);
    out_ += ',';
    write_text(value.function.text());
    append_numbers({value.arity});
    out_ += "]}";
  }
  void write_external(const cell& c) {
    byte_buffer bytes;
    writer w{bytes};
    detail::as_term(c).write_to(w);
    begin(mark::external);
    write_base64(bytes);
    out_ += '}';
  }

  void append_numbers(std::initializer_list<std::uint64_t> numbers) {
    for (const std::uint64_t number : numbers) out_.append(",").append(std::to_string(number));
  }
  void begin(mark m) { out_.append("{\"").append(name_of(m)).append("\":"); }
  void begin(mark m, atom first) {
    begin(m);
    out_ += '[';
    write_text(first.text());
  }
  void write_marked_text(mark m, std::string_view text) {
    begin(m);
    write_text(text);
    out_ += '}';
  }
  void write_base64(bytes_view bytes) {
    out_ += '"';
    base64::append(out_, bytes);
    out_ += '"';
  }

  void write_text(std::string_view utf8) {
    out_ += '"';
    for (const char c : utf8) {
      switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\b': out_ += "\\b"; break;
        case '\f': out_ += "\\f"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        default: write_character(c);
      }
    }
    out_ += '"';
  }
  void write_character(char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";  // as OTP's json
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20) {
      out_ += c;
    } else {
      out_.append("\\u00").append(1, digits[code >> 4U]).append(1, digits[code & 0xFU]);
    }
  }

  void open(const cell* cells, std::uint32_t count, shape what, std::string_view end) {
    unfinished in{.rest = {}, .written = 0, .what = what, .end = end};
    in.rest.cells = cells;
    in.rest.aux = count;
    open_.push(in);
  }

  void fail(errc code, std::string sentence) {
    failed_ = true;
    code_ = code;
    sentence_ = std::move(sentence);
  }

  /// Only plain texts fail, so containers are lists and objects.
  std::string path() {
    std::vector<unfinished> steps;
    for (; !open_.empty(); open_.pop()) steps.push_back(open_.back());
    std::reverse(steps.begin(), steps.end());
    path_builder path{steps.size()};
    for (const unfinished& in : steps) {
      if (!path.next()) continue;
      if (in.what == shape::list) {
        path.append_index(in.written - 1);
      } else {
        byte_buffer key;
        writer w{key};
        detail::as_term(in.rest.cells[-2]).write_to(w);
        path.append_key(reader{key});
      }
    }
    return std::move(path).take();
  }

  const json_options& options_;
  std::string out_;
  work_stack<unfinished> open_;
  bool failed_ = false;
  errc code_ = errc::none;
  std::string sentence_;
};

}  // namespace

result<std::string> to_json(const term& value, const json_options& options) {
  return json_writer{options}.run(value.raw());
}

}  // namespace beamnode::etf
