#pragma once
/// The next token of Erlang text, what was wrong with it, and the parts of the grammar that contain
/// no other values; at compile time too.

#include <beamnode/etf/detail/text_scanner.hpp>
#include <beamnode/etf/detail/text_segment.hpp>

namespace beamnode::etf::detail {

class text_tokens {
 public:
  /// Where the problem is, and what stands there.
  [[nodiscard]] constexpr std::size_t offset() const noexcept { return at_fault_.begin; }
  [[nodiscard]] constexpr token found() const noexcept { return at_fault_; }
  /// Whether the sentence of the problem asks for something that is not there.
  [[nodiscard]] constexpr bool is_expectation() const noexcept { return is_expectation_; }

 protected:
  using kind = token_kind;
  using problem = text_problem;

  constexpr explicit text_tokens(std::string_view text) : scanner_(text) { advance(); }

  [[nodiscard]] constexpr problem found_problem() const noexcept { return problem_; }
  constexpr void advance() noexcept { now_ = scanner_.next(); }
  constexpr bool fail(problem p, token at) noexcept {
    problem_ = p;
    at_fault_ = at;
    return false;
  }
  constexpr bool fail(problem p) noexcept { return fail(p, now_); }
  /// What stands here is not what is asked for.
  constexpr bool refuse(problem expected) noexcept {
    if (now_.kind == kind::illegal) return fail(scanner_.problem());
    if (now_.kind == kind::append) return fail(problem::append_operator);
    is_expectation_ = true;
    return fail(expected);
  }
  constexpr bool check(problem p, token at) noexcept { return p == problem::none || fail(p, at); }
  constexpr bool expect(kind wanted, problem expected) noexcept {
    if (now_.kind != wanted) return refuse(expected);
    advance();
    return true;
  }
  [[nodiscard]] constexpr std::string_view text_of(token t) const noexcept {
    return scanner_.text_of(t);
  }
  constexpr bool check_atom(token at) {
    const std::string_view text = text_of(at);
    if (text.size() <= 255) return true;
    const bool is_quoted = text.front() == '\'';
    std::size_t characters = 0;
    for (std::size_t i = is_quoted ? 1 : 0; i + (is_quoted ? 1 : 0) < text.size(); ++characters) {
      i += read_escapable(text, i).size;
    }
    return characters <= 255 || fail(problem::atom_too_long, at);
  }

  constexpr bool take_atom(problem expected) {
    const token at = now_;
    if (at.kind == kind::reserved_word) return fail(problem::reserved_word);
    return expect(kind::atom, expected) && check_atom(at);
  }
  /// The text of a string and of all that follow it.
  constexpr std::string_view take_strings() {
    const std::size_t begin = now_.begin;
    std::size_t end = begin;
    for (; now_.kind == kind::string; advance()) end = now_.end;
    return scanner_.text().substr(begin, end - begin);
  }
  /// An integer from 0 to `max`. If something else is there, it is not taken.
  constexpr bool take_number(std::uint64_t& value, std::uint64_t max) {
    const std::string_view text = text_of(now_);
    value = 0;
    if (now_.kind == kind::character) {
      value = read_escapable(text, 1).value;
    } else if (now_.kind == kind::integer) {
      const std::size_t hash = text.find('#');
      std::uint64_t base = 10;
      if (hash != text.npos) {
        base = 0;
        for (const char c : text.substr(0, hash)) {
          if (c != '_') base = base * 10 + digit_value(c);
        }
      }
      for (const char c : text.substr(hash == text.npos ? 0 : hash + 1)) {
        if (c == '_') continue;
        value = value * base + digit_value(c);
        if (value > max) return false;
      }
    } else {
      return false;
    }
    if (value > max) return false;
    advance();
    return true;
  }

  /// A sign and a number, which may stand in parentheses.
  constexpr bool read_sign(token& number, bool& negative) {
    negative = now_.kind == kind::minus;
    advance();
    std::size_t parentheses = 0;
    for (; now_.kind == kind::open_parenthesis; ++parentheses) advance();
    number = now_;
    if (number.kind != kind::integer && number.kind != kind::character &&
        number.kind != kind::floating) {
      return refuse(problem::expected_number);
    }
    advance();
    for (; parentheses != 0; --parentheses) {
      if (!expect(kind::close_parenthesis, problem::expected_parenthesis)) return false;
    }
    return true;
  }
  /// Size and type of a segment, if they are there.
  constexpr bool read_specification(text_segment& segment) {
    if (now_.kind == kind::colon) {
      advance();
      segment.has_size = true;
      if (!read_size(segment.size)) return false;
    }
    if (now_.kind == kind::slash) {
      do {
        advance();
        if (!read_specifier(segment)) return false;
      } while (now_.kind == kind::minus);
    }
    return true;
  }

  token now_;

 private:
  constexpr bool read_size(std::uint64_t& size) {
    constexpr std::uint64_t max = std::uint64_t{1} << 48U;
    std::size_t parentheses = 0;
    for (; now_.kind == kind::open_parenthesis; ++parentheses) advance();
    if (now_.kind == kind::variable) return fail(problem::variable_in_bits);
    const bool is_number = now_.kind == kind::integer || now_.kind == kind::character;
    if (!take_number(size, max)) {
      return is_number ? fail(problem::bitstring_too_large)
                       : refuse(problem::expected_segment_size);
    }
    for (; parentheses != 0; --parentheses) {
      if (!expect(kind::close_parenthesis, problem::expected_parenthesis)) return false;
    }
    return true;
  }
  constexpr bool read_specifier(text_segment& segment) {
    const token word = now_;
    if (word.kind != kind::atom) return refuse(problem::expected_segment_type);
    advance();
    std::string_view name = text_of(word);
    if (name.front() == '\'') name = name.substr(1, name.size() - 2);
    if (name != "unit") return check(segment.specify(name), word);
    if (!expect(kind::colon, problem::expected_segment_unit)) return false;
    const token number = now_;
    std::uint64_t unit = 0;
    if (number.kind != kind::integer || !take_number(unit, 256) || unit == 0) {
      return fail(problem::expected_segment_unit, number);
    }
    if (segment.unit != 0 && segment.unit != unit) {
      return fail(problem::contradicting_segment, number);
    }
    segment.unit = static_cast<std::uint32_t>(unit);
    return true;
  }

  text_scanner scanner_;
  problem problem_ = problem::none;
  token at_fault_;
  bool is_expectation_ = false;
};

}  // namespace beamnode::etf::detail
