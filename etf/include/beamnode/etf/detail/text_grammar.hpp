#pragma once
/// The grammar of Erlang terms, formats and patterns, in one loop without recursion; at compile
/// time too. What it recognises it tells a sink:
///
///     begin_value(offset)            before each value, nested ones too
///     put_nil(), put_number(text, kind, negative), put_atom(text), put_string(text)
///     put_binary(text)
///     put_fun(module, function, arity), put_variable(index), put_anonymous()
///     open(kind), close(kind, mark, count), put_tail(mark, count), put_field(mark, name)
///     open_record(module, name)
///     open_bits(), put_segment(segment, mark), put_bytes(text), close_bits(mark)
///
/// open() and open_bits() return a mark, which the others are given back; all others return a
/// text_problem. Texts are as they stand: quoted, with escapes, of strings all adjacent parts.

#include <beamnode/etf/detail/text_stack.hpp>
#include <beamnode/etf/detail/text_tokens.hpp>

namespace beamnode::etf::detail {

enum class text_use : std::uint8_t { literal, format, pattern };

enum class text_frame_kind : std::uint8_t { list, tail, tuple, map, record, parenthesis, bits };

struct text_frame {
  text_frame_kind kind = text_frame_kind::list;
  bool is_in_bits = false;    // a parenthesis
  bool is_value = false;      // of a map: the key stands
  bool is_whole_key = false;  // of a map in a pattern: no map around it is at a key
  std::uint32_t count = 0;    // elements, pairs or fields so far
  std::size_t mark = 0;
};

template <class Sink> class text_grammar : public text_tokens {
 public:
  static constexpr std::size_t max_variables = 64;

  constexpr text_grammar(std::string_view text, text_use use, std::size_t max_depth, Sink& sink)
      : text_tokens(text), sink_(sink), max_depth_(max_depth), use_(use) {}

  /// Reads the whole text.
  constexpr text_problem run() {
    const bool is_read = read_all();
    return is_read ? text_problem::none : found_problem();
  }
  /// Different names in the order of their first appearance; '_' and names like it not counted.
  [[nodiscard]] constexpr std::size_t variable_count() const noexcept { return variable_count_; }
  [[nodiscard]] constexpr std::string_view variable(std::size_t index) const noexcept {
    return variables_[index];
  }

 private:
  using frame_kind = text_frame_kind;

  constexpr bool push(text_frame frame) {
    if (frames_.size() >= max_depth_) return fail(problem::nested_too_deeply);
    frames_.push(frame);
    return true;
  }

  constexpr bool read_all() {
    problem expected = problem::expected_a_value;
    while (true) {
      bool is_open = false;
      if (!(in_bits() ? read_segment_value(is_open) : read_value(is_open, expected))) return false;
      expected = problem::expected_a_value;
      if (is_open) {
        if (!is_closed_at_once(is_open, expected)) return false;
        if (is_open) continue;
      }
      bool is_next = false;
      while (!is_next) {
        if (frames_.empty()) return read_end();
        if (!continue_frame(is_next)) return false;
      }
    }
  }

  constexpr bool read_end() {
    if (now_.kind == kind::dot) advance();
    return now_.kind == kind::end || refuse(problem::expected_end);
  }

  [[nodiscard]] constexpr bool in_bits() noexcept {
    return !frames_.empty() &&
           (frames_.back().kind == frame_kind::bits || frames_.back().is_in_bits);
  }

  /// Behind an opening: whether the container is empty. Else prepares for its first value.
  constexpr bool is_closed_at_once(bool& is_open, problem& expected) {
    const text_frame top = frames_.back();
    kind closing = kind::close_brace;
    switch (top.kind) {
      case frame_kind::list:
        closing = kind::close_bracket;
        expected = problem::expected_a_value_or_the_end_of_the_list;
        break;
      case frame_kind::tuple: expected = problem::expected_a_value_or_the_end_of_the_tuple; break;
      case frame_kind::map: expected = problem::expected_a_key_or_the_end_of_the_map; break;
      case frame_kind::bits: closing = kind::close_bits; break;
      case frame_kind::record:
        if (now_.kind != closing) return read_field(problem::expected_field_or_brace);
        break;
      default: return true;
    }
    if (now_.kind != closing) {
      if (top.kind == frame_kind::map) begin_key();
      return true;
    }
    is_open = false;
    return close();
  }

  /// Ends the innermost container; its closing token stands here.
  constexpr bool close() {
    const text_frame closed = frames_.back();
    const token at = now_;
    frames_.pop();
    advance();
    if (closed.kind != frame_kind::bits) {
      return check(sink_.close(closed.kind, closed.mark, closed.count), at);
    }
    if (!in_bits()) return check(sink_.close_bits(closed.mark), at);
    text_segment segment{.value = segment_value::bits, .begin = at.begin, .end = at.end};
    return read_segment(segment, closed.mark, at);
  }

  /// Behind a whole value inside the innermost container.
  constexpr bool continue_frame(bool& is_next) {
    text_frame& top = frames_.back();
    switch (top.kind) {
      case frame_kind::list: return continue_list(top, is_next);
      case frame_kind::tail:
        if (now_.kind != kind::close_bracket) return refuse(problem::expected_bracket_after_tail);
        return close();
      case frame_kind::tuple:
        return continue_with(kind::close_brace, problem::expected_comma_or_brace, is_next);
      case frame_kind::bits:
        return continue_with(kind::close_bits, problem::expected_comma_or_close_bits, is_next);
      case frame_kind::map: return continue_map(top, is_next);
      case frame_kind::record:
        if (!continue_with(kind::close_brace, problem::expected_comma_or_brace_in_record,
                           is_next)) {
          return false;
        }
        return !is_next || read_field(problem::expected_field);
      case frame_kind::parenthesis: return leave_parenthesis();
    }
    return false;
  }
  constexpr bool continue_with(kind closing, problem expected, bool& is_next) {
    ++frames_.back().count;
    if (now_.kind == closing) return close();
    is_next = true;
    return expect(kind::comma, expected);
  }
  constexpr bool continue_list(text_frame& top, bool& is_next) {
    ++top.count;
    if (now_.kind == kind::close_bracket) return close();
    is_next = true;
    if (now_.kind != kind::bar) return expect(kind::comma, problem::expected_comma_or_bracket);
    top.kind = frame_kind::tail;
    advance();
    return check(sink_.put_tail(top.mark, top.count), now_);
  }
  constexpr bool continue_map(text_frame& top, bool& is_next) {
    if (top.is_value) {
      top.is_value = false;
      if (!continue_with(kind::close_brace, problem::expected_comma_or_brace_in_map, is_next)) {
        return false;
      }
      if (is_next) begin_key();
      return true;
    }
    top.is_value = true;
    if (top.is_whole_key) is_in_key_ = false;
    is_next = true;
    if (use_ != text_use::pattern) return expect(kind::arrow, problem::expected_arrow);
    if (now_.kind == kind::arrow && !is_in_key_) return fail(problem::arrow_in_pattern);
    return expect(is_in_key_ ? kind::arrow : kind::assign,
                  is_in_key_ ? problem::expected_arrow : problem::expected_assign);
  }
  constexpr void begin_key() noexcept {
    frames_.back().is_whole_key = !is_in_key_;
    is_in_key_ = true;
  }
  constexpr bool leave_parenthesis() {
    if (now_.kind != kind::close_parenthesis) return refuse(problem::expected_parenthesis);
    frames_.pop();
    advance();
    if (!has_pending_) return true;
    // What was in the parenthesis is a segment's value: its size and type follow the outermost one.
    return in_outer_parenthesis() || finish_pending();
  }
  [[nodiscard]] constexpr bool in_outer_parenthesis() noexcept {
    return frames_.back().kind == frame_kind::parenthesis;
  }
  constexpr bool finish_pending() {
    has_pending_ = false;
    return finish_segment(pending_, pending_mark_, pending_at_);
  }

  constexpr bool read_value(bool& is_open, problem expected) {
    const token at = now_;
    if (at.kind != kind::open_parenthesis) {
      if (const problem p = sink_.begin_value(at.begin); p != problem::none) return fail(p);
    }
    switch (at.kind) {
      case kind::integer:
      case kind::character:
      case kind::floating:
        advance();
        return check(sink_.put_number(text_of(at), at.kind, false), at);
      case kind::minus:
      case kind::plus: return read_signed();
      case kind::atom: advance(); return check_atom(at) && check(sink_.put_atom(text_of(at)), at);
      case kind::string: return read_string(at);
      case kind::sigil_list: advance(); return check(sink_.put_string(text_of(at)), at);
      case kind::sigil_binary: advance(); return check(sink_.put_binary(text_of(at)), at);
      case kind::variable: return read_variable(at);
      case kind::open_bracket: return open(frame_kind::list, is_open);
      case kind::open_brace: return open(frame_kind::tuple, is_open);
      case kind::open_bits: return open_bits(is_open);
      case kind::open_parenthesis:
        advance();
        is_open = true;
        return push({.kind = frame_kind::parenthesis});
      case kind::hash: return read_hash(is_open);
      case kind::reserved_word:
        return text_of(at) == "fun" ? read_fun() : fail(problem::reserved_word);
      case kind::less: return fail(problem::identifier_text);
      default: return refuse(expected);
    }
  }

  constexpr bool open(frame_kind what, bool& is_open) {
    advance();
    is_open = true;
    return push({.kind = what, .mark = sink_.open(what, is_in_key_)});
  }
  constexpr bool open_bits(bool& is_open) {
    advance();
    is_open = true;
    return push({.kind = frame_kind::bits, .mark = sink_.open_bits()});
  }

  constexpr bool read_signed() {
    token number;
    bool negative = false;
    return read_sign(number, negative) &&
           check(sink_.put_number(text_of(number), number.kind, negative), number);
  }

  constexpr bool read_string(token at) {
    const std::string_view strings = take_strings();
    return check(sink_.put_string(strings), at);
  }

  constexpr bool read_variable(token at) {
    const std::string_view name = text_of(at);
    if (use_ == text_use::literal) return fail(problem::variable_in_literal);
    const bool is_anonymous = name.front() == '_';
    if (is_anonymous && use_ == text_use::format) return fail(problem::anonymous_in_format);
    if (is_in_key_ && use_ == text_use::pattern) return fail(problem::variable_in_key);
    advance();
    if (is_anonymous) return check(sink_.put_anonymous(), at);
    std::size_t index = 0;
    while (index != variable_count_ && variables_[index] != name) ++index;
    if (index == max_variables) return fail(problem::too_many_variables, at);
    if (index == variable_count_) variables_[variable_count_++] = name;
    return check(sink_.put_variable(index), at);
  }

  constexpr bool read_hash(bool& is_open) {
    advance();
    if (now_.kind == kind::open_brace) return open(frame_kind::map, is_open);
    if (now_.kind == kind::variable) {
      const std::string_view name = text_of(now_);
      if (name == "Fun") return fail(problem::fun_text);
      if (name == "Pid" || name == "Port" || name == "Ref") return fail(problem::identifier_text);
    }
    const token module = now_;
    if (!take_atom(problem::expected_record_module)) return false;
    if (now_.kind == kind::open_brace) return fail(problem::record_text, module);
    if (!expect(kind::colon, problem::expected_record_colon)) return false;
    const token name = now_;
    if (!take_atom(problem::expected_record_name)) return false;
    if (!expect(kind::open_brace, problem::expected_record_brace)) return false;
    is_open = true;
    return push(
        {.kind = frame_kind::record, .mark = sink_.open_record(text_of(module), text_of(name))});
  }
  constexpr bool read_field(problem expected) {
    const token name = now_;
    return take_atom(expected) &&
           check(sink_.put_field(frames_.back().mark, text_of(name)), name) &&
           expect(kind::equals, problem::expected_equals);
  }

  constexpr bool read_fun() {
    advance();
    const token module = now_;
    if (now_.kind != kind::atom && now_.kind != kind::reserved_word) {
      return now_.kind == kind::open_parenthesis ? fail(problem::fun_text)
                                                 : refuse(problem::expected_fun_module);
    }
    if (!take_atom(problem::expected_fun_module)) return false;
    if (!expect(kind::colon, problem::expected_fun_colon)) return false;
    const token function = now_;
    if (!take_atom(problem::expected_fun_function)) return false;
    if (!expect(kind::slash, problem::expected_fun_slash)) return false;
    const token arity = now_;
    std::uint64_t value = 0;
    if (arity.kind != kind::integer || !take_number(value, 255)) {
      return refuse(problem::expected_fun_arity);
    }
    return check(
        sink_.put_fun(text_of(module), text_of(function), static_cast<std::uint8_t>(value)), arity);
  }

  constexpr bool read_segment_value(bool& is_open) {
    const token at = now_;
    text_segment segment{.begin = at.begin, .end = at.end};
    switch (at.kind) {
      case kind::open_parenthesis:
        advance();
        is_open = true;
        return push({.kind = frame_kind::parenthesis, .is_in_bits = true});
      case kind::open_bits: return open_bits(is_open);
      case kind::integer: break;
      case kind::character: segment.value = segment_value::character; break;
      case kind::floating: segment.value = segment_value::floating; break;
      case kind::minus:
      case kind::plus: {
        token number;
        if (!read_sign(number, segment.negative)) return false;
        segment.begin = number.begin;
        segment.end = number.end;
        if (number.kind == kind::floating) segment.value = segment_value::floating;
        if (number.kind == kind::character) segment.value = segment_value::character;
        return read_segment(segment, 0, at);
      }
      case kind::string:
        segment.value = segment_value::string;
        segment.end = segment.begin + take_strings().size();
        return read_segment(segment, 0, at);
      case kind::sigil_list: segment.value = segment_value::string; break;
      case kind::sigil_binary: {
        advance();
        segment.value = segment_value::bits;
        const std::size_t mark = sink_.open_bits();
        return check(sink_.put_bytes(text_of(at)), at) && read_segment(segment, mark, at);
      }
      case kind::variable: return fail(problem::variable_in_bits);
      case kind::close_bits:
        return refuse(frames_.back().count == 0
                          ? problem::expected_a_segment_or_the_end_of_the_bitstring
                          : problem::expected_segment);
      default: return refuse(problem::expected_segment);
    }
    advance();
    return read_segment(segment, 0, at);
  }

  /// Behind the value of a segment.
  constexpr bool read_segment(const text_segment& segment, std::size_t mark, token at) {
    if (frames_.back().kind == frame_kind::bits) return finish_segment(segment, mark, at);
    pending_ = segment;
    pending_mark_ = mark;
    pending_at_ = at;
    has_pending_ = true;
    return true;
  }
  constexpr bool finish_segment(text_segment segment, std::size_t mark, token at) {
    if (!read_specification(segment)) return false;
    return check(segment.resolve(), at) && check(sink_.put_segment(segment, mark), at);
  }
  Sink& sink_;
  std::size_t max_depth_;
  text_use use_;
  text_stack<text_frame> frames_;
  bool is_in_key_ = false;  // of a map, at any depth

  // The value of a segment that stands in parentheses.
  bool has_pending_ = false;
  text_segment pending_;
  std::size_t pending_mark_ = 0;
  token pending_at_;

  std::array<std::string_view, max_variables> variables_{};
  std::size_t variable_count_ = 0;
};

}  // namespace beamnode::etf::detail
