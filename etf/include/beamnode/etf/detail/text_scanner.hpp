#pragma once
/// The tokens of Erlang text, as erl_scan of OTP 29 has them; at compile time too.

#include <beamnode/etf/detail/text_characters.hpp>
#include <beamnode/etf/detail/text_problem.hpp>
#include <beamnode/etf/detail/text_quoted.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace beamnode::etf::detail {

enum class token_kind : std::uint8_t {
  end,
  dot,  // with white space or the end behind it
  open_brace,
  close_brace,
  open_bracket,
  close_bracket,
  open_parenthesis,
  close_parenthesis,
  open_bits,
  close_bits,
  hash,
  comma,
  bar,
  slash,
  colon,
  minus,
  plus,
  arrow,   // =>
  assign,  // :=
  equals,
  append,  // ++
  less,
  other,  // an operator that no term contains
  integer,
  floating,
  character,
  atom,
  string,
  sigil_list,
  sigil_binary,
  variable,
  reserved_word,
  illegal,  // problem() says why
};

/// Bytes of the text.
struct token {
  token_kind kind = token_kind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Those of OTP 27: 'maybe' and 'else' are among them unless a module says otherwise.
constexpr bool is_reserved_word(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 29> words{
      "after", "and",   "andalso", "band",   "begin",   "bnot", "bor", "bsl",  "bsr", "bxor",
      "case",  "catch", "cond",    "div",    "else",    "end",  "fun", "if",   "let", "maybe",
      "not",   "of",    "or",      "orelse", "receive", "rem",  "try", "when", "xor"};
  if (word.size() < 2 || word.size() > 7) return false;
  for (const std::string_view reserved : words) {
    if (word == reserved) return true;
  }
  return false;
}

class text_scanner {
 public:
  constexpr explicit text_scanner(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  [[nodiscard]] constexpr std::string_view text_of(token t) const noexcept {
    return text_.substr(t.begin, t.end - t.begin);
  }
  /// Why the last token is illegal. It begins where that is.
  [[nodiscard]] constexpr text_problem problem() const noexcept { return problem_; }

  constexpr token next() noexcept {
    if (!skip_blank()) return illegal(text_problem::invalid_utf8, at_);
    const std::size_t begin = at_;
    if (at_ == text_.size()) return {token_kind::end, begin, begin};
    const char first = text_[at_];
    if (is_ascii_lower(first)) return name(token_kind::atom);
    if (is_digit(first)) return number();
    if (first == '_' || (first >= 'A' && first <= 'Z')) return name(token_kind::variable);
    switch (first) {
      case '"': return quoted(token_kind::string, text_problem::unterminated_string);
      case '\'': return quoted(token_kind::atom, text_problem::unterminated_atom);
      case '$': return character();
      case '~': return sigil();
      default: break;
    }
    if (static_cast<unsigned char>(first) >= 0x80) return foreign_name();
    return punctuation();
  }

 private:
  [[nodiscard]] constexpr char peek(std::size_t ahead) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  constexpr token illegal(text_problem problem, std::size_t begin) noexcept {
    problem_ = problem;
    const std::size_t size = begin < text_.size() ? read_character(text_, begin).size : 0;
    at_ = text_.size();
    return {token_kind::illegal, begin, begin + size};
  }
  constexpr token take(token_kind kind, std::size_t size) noexcept {
    const std::size_t begin = at_;
    at_ += size;
    return {kind, begin, at_};
  }

  /// False for what is no UTF-8.
  constexpr bool skip_blank() noexcept {
    bool is_comment = false;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x80) {
        if (c == '\n') is_comment = false;
        if (c == '%') is_comment = true;
        if (!is_comment && c > ' ') return true;
        ++at_;
        continue;
      }
      const text_character wide = read_character(text_, at_);
      if (wide.size == 0) return false;
      if (!is_comment && wide.value > 0xA0) return true;
      at_ += wide.size;
    }
    return true;
  }

  constexpr token name(token_kind kind) noexcept {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const auto first = static_cast<unsigned char>(text_[at_]);
      const text_character c = first < 0x80 ? text_character{first, 1} : read_character(text_, at_);
      if (c.size == 0 || !is_name_character(c.value)) break;
      at_ += c.size;
    }
    token whole{kind, begin, at_};
    if (kind == token_kind::atom && is_reserved_word(text_of(whole))) {
      whole.kind = token_kind::reserved_word;
    }
    return whole;
  }
  constexpr token foreign_name() noexcept {
    const text_character c = read_character(text_, at_);
    if (c.size == 0) return illegal(text_problem::invalid_utf8, at_);
    if (is_lower(c.value)) return name(token_kind::atom);
    if (is_upper(c.value)) return name(token_kind::variable);
    return illegal(text_problem::illegal_character, at_);
  }

  /// Passes over digits of `base`, single underscores between them allowed. False if there are
  /// none, or if an underscore stands elsewhere.
  constexpr bool skip_digits(unsigned base) noexcept {
    bool is_whole = false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '_') {
        if (!is_whole) return false;
        is_whole = false;
      } else if (digit_value(text_[at_]) < base) {
        is_whole = true;
      } else {
        break;
      }
    }
    return is_whole;
  }

  constexpr token number() noexcept {
    const std::size_t begin = at_;
    if (!skip_digits(10)) return illegal(text_problem::illegal_integer, begin);
    if (peek(0) == '#') return based_number(begin);
    if (peek(0) == '.' && (is_digit(peek(1)) || peek(1) == '_')) {
      ++at_;
      if (!skip_digits(10)) return illegal(text_problem::illegal_float, begin);
      if (peek(0) == 'e' || peek(0) == 'E') {
        at_ += peek(1) == '+' || peek(1) == '-' ? 2 : 1;
        if (!skip_digits(10)) return illegal(text_problem::illegal_float, begin);
      }
      if (continues_name()) return illegal(text_problem::illegal_float, begin);
      return {token_kind::floating, begin, at_};
    }
    if (continues_name()) return illegal(text_problem::illegal_integer, begin);
    return {token_kind::integer, begin, at_};
  }
  constexpr token based_number(std::size_t begin) noexcept {
    unsigned base = 0;
    for (std::size_t i = begin; i < at_ && base <= 36; ++i) {
      if (text_[i] != '_') base = base * 10 + digit_value(text_[i]);
    }
    if (base < 2 || base > 36) return illegal(text_problem::illegal_base, begin);
    ++at_;
    if (peek(0) == '.' && digit_value(peek(1)) < base) {
      return illegal(text_problem::based_float, begin);
    }
    if (!skip_digits(base) || continues_name()) {
      return illegal(text_problem::illegal_integer, begin);
    }
    if (peek(0) == '.' && digit_value(peek(1)) < base) {
      return illegal(text_problem::based_float, begin);
    }
    return {token_kind::integer, begin, at_};
  }
  [[nodiscard]] constexpr bool continues_name() const noexcept {
    if (at_ == text_.size()) return false;
    if (text_[at_] == '#') return true;
    const text_character c = read_character(text_, at_);
    return c.size != 0 && is_name_character(c.value);
  }

  constexpr token character() noexcept {
    const std::size_t begin = at_;
    if (at_ + 1 == text_.size()) return illegal(text_problem::illegal_character, begin);
    const text_character c = read_escapable(text_, at_ + 1);
    if (c.size == 0) return illegal(text_problem::illegal_escape, begin);
    return take(token_kind::character, 1 + c.size);
  }

  constexpr token quoted(token_kind kind, text_problem unterminated) noexcept {
    const std::size_t begin = at_;
    const quoted_form form = quoted_form_of(text_, begin);
    const quoted_parts parts = scan_quoted(text_, form, unterminated);
    if (parts.problem != text_problem::none) {
      return illegal(parts.problem, parts.problem == unterminated ? begin : parts.at_fault);
    }
    at_ = parts.behind;
    if (kind != token_kind::atom && peek(0) == '"') {
      return illegal(text_problem::adjacent_strings, at_);
    }
    return {kind, begin, at_};
  }
  constexpr token sigil() noexcept {
    const std::size_t begin = at_;
    const quoted_form form = quoted_form_of(text_, begin);
    if (form.closing == '\0') return illegal(text_problem::illegal_sigil, begin);
    const token whole = quoted(form.is_binary ? token_kind::sigil_binary : token_kind::sigil_list,
                               text_problem::unterminated_string);
    if (whole.kind != token_kind::illegal && continues_name()) {
      return illegal(text_problem::illegal_sigil, begin);
    }
    return whole;
  }

  constexpr token punctuation() noexcept {
    switch (text_[at_]) {
      case '{': return take(token_kind::open_brace, 1);
      case '}': return take(token_kind::close_brace, 1);
      case '[': return take(token_kind::open_bracket, 1);
      case ']': return take(token_kind::close_bracket, 1);
      case '(': return take(token_kind::open_parenthesis, 1);
      case ')': return take(token_kind::close_parenthesis, 1);
      case ',': return take(token_kind::comma, 1);
      case '#': return take(token_kind::hash, 1);
      case '.': return dot();
      default: return operation();
    }
  }
  constexpr token dot() noexcept {
    const auto behind = static_cast<unsigned char>(peek(1));
    if (behind <= ' ' || behind == '%') return take(token_kind::dot, 1);
    if (behind >= 0x80 && read_character(text_, at_ + 1).value <= 0xA0) {
      return take(token_kind::dot, 1);
    }
    return take(token_kind::other, 1);
  }
  // The longest that fits, as '=<<' is '=<' and '<' in Erlang.
  constexpr token operation() noexcept {
    struct named {
      std::string_view text;
      token_kind kind;
    };
    constexpr std::array<named, 35> operators{{
        {"=:=", token_kind::other},    {"=/=", token_kind::other},     {"<:-", token_kind::other},
        {"<:=", token_kind::other},    {"=>", token_kind::arrow},      {":=", token_kind::assign},
        {"<<", token_kind::open_bits}, {">>", token_kind::close_bits}, {"++", token_kind::append},
        {"->", token_kind::other},     {"--", token_kind::other},      {"||", token_kind::other},
        {"==", token_kind::other},     {"=<", token_kind::other},      {"<-", token_kind::other},
        {"<=", token_kind::other},     {">=", token_kind::other},      {"/=", token_kind::other},
        {"::", token_kind::other},     {"&&", token_kind::other},      {"?=", token_kind::other},
        {"=", token_kind::equals},     {"|", token_kind::bar},         {"/", token_kind::slash},
        {":", token_kind::colon},      {"-", token_kind::minus},       {"+", token_kind::plus},
        {"<", token_kind::less},       {">", token_kind::other},       {"*", token_kind::other},
        {"!", token_kind::other},      {"?", token_kind::other},       {";", token_kind::other},
        {"&", token_kind::other},      {"^", token_kind::other},
    }};
    const std::string_view rest = text_.substr(at_, 3);
    for (const named& operation : operators) {
      if (operation.text.front() == rest.front() && rest.starts_with(operation.text))
        return take(operation.kind, operation.text.size());
    }
    return illegal(text_problem::illegal_character, at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  text_problem problem_ = text_problem::none;
};

}  // namespace beamnode::etf::detail
