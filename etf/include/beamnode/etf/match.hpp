#pragma once
/// Terms taken apart and put together by their Erlang text.
///
///     std::string name;
///     etf::pid who;
///     if (etf::match(t, "{ok, Pid, #{name := Name}}", who, name)) ...
///     const etf::term reply = etf::format_term("{reply, Pid, [Count | Rest]}", who, 3, rest);
///
/// The text is checked at compile time: its grammar (that of parse_term()) and that it has as many
/// variables as the call has arguments. It is parsed once, when the call is reached first.
///
/// Variables are names that begin with a capital letter and stand for the arguments in the order of
/// their first appearance. In patterns
///   - a variable that stands twice matches values that are exactly equal;
///   - `_` and names that begin with it match anything and take no argument;
///   - `#{key := Pattern}` matches maps that have that key (a literal) and others;
///   - `[A, B | Rest]`, tuples, strings and native records match what is built like them;
///   - everything else matches what is exactly equal (1 is not 1.0).
/// Neither bitstrings nor `++` may contain variables; there are no guards.

#include <beamnode/etf/detail/text_check.hpp>
#include <beamnode/etf/limits.hpp>
#include <beamnode/etf/term.hpp>

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace beamnode::etf {

namespace detail {
struct pattern_access;
}

/// The values of a pattern's variables by name.
using bindings = std::map<std::string, term, std::less<>>;

/// A pattern whose text is known at run time only. Copies share what was parsed.
class pattern {
 public:
  /// The errors are those of parse_term().
  [[nodiscard]] static result<pattern> parse(std::string_view text, const limits& bounds = {});

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Their names in the order of their first appearance.
  [[nodiscard]] const std::vector<std::string>& variables() const noexcept { return variables_; }

  /// What the variables stand for, if `value` matches.
  [[nodiscard]] std::optional<bindings> match(const term& value) const;

 private:
  pattern() = default;
  friend struct detail::pattern_access;
  /// Stores what variables stand for in their order; it lives as long as `value`.
  bool capture(const term& value, std::span<detail::cell> captured) const;

  std::string text_;
  term tree_;  // see text_template.hpp for what stands for variables
  std::vector<std::string> variables_;
};

/// A term with variables whose text is known at run time only.
class term_format {
 public:
  /// The errors are those of parse_term().
  [[nodiscard]] static result<term_format> parse(std::string_view text, const limits& bounds = {});

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Their names in the order of their first appearance.
  [[nodiscard]] const std::vector<std::string>& variables() const noexcept { return variables_; }

  /// The term with these values, as many as there are variables, in place of the variables. Fails
  /// with wrong_arity, and with duplicate_key if they make two keys of a map equal.
  [[nodiscard]] result<term> fill(std::span<const term> values) const;

  /// The same with encoded values, one after the other: value i ends at byte `ends[i]`.
  [[nodiscard]] result<term> fill_encoded(bytes_view values,
                                          std::span<const std::size_t> ends) const;

 private:
  struct hole {
    std::size_t offset;
    std::size_t variable;
  };
  term_format() = default;

  std::string text_;
  byte_buffer encoded_;
  std::vector<hole> holes_;
  std::vector<std::string> variables_;
};

/// The text of a call of match(), which converts to this at compile time.
template <class... Variables> class match_text {
 public:
  consteval match_text(const char* text) : text_(text) {
    detail::require_text(text_, detail::text_use::pattern, sizeof...(Variables));
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// The text of a call of format_term(), which converts to this at compile time.
template <class... Values> class format_text {
 public:
  consteval format_text(const char* text) : text_(text) {
    detail::require_text(text_, detail::text_use::format, sizeof...(Values));
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

namespace detail {

struct pattern_access {
  static bool capture(const pattern& wanted, const term& value, std::span<cell> captured) {
    return wanted.capture(value, captured);
  }
};

template <class T> bool read_captured(const cell& captured, std::optional<T>& value) {
  static_assert(!std::is_const_v<T>, "beamnode: match() stores into its arguments: none is const");
  if constexpr (std::is_same_v<T, term>) {
    value = as_term(captured);
  } else if (result<T> read = as_term(captured).template as<T>()) {
    value.emplace(*std::move(read));
  }
  return value.has_value();
}

template <class... T, std::size_t... Index>
bool match_into(const pattern& wanted, const term& value, std::index_sequence<Index...> /*all*/,
                T&... variables) {
  std::array<cell, sizeof...(T)> captured;
  if (!pattern_access::capture(wanted, value, captured)) return false;
  std::tuple<std::optional<T>...> values;
  if (!(read_captured(captured[Index], std::get<Index>(values)) && ...)) return false;
  ((variables = *std::move(std::get<Index>(values))), ...);
  return true;
}

/// `parsed` is what a call site keeps. Where the linker made one of several, it may be another's.
template <class Parsed, class Use>
auto with_parsed(const Parsed& parsed, std::string_view text, const Use& use) {
  if (parsed.text() == text) return use(parsed);
  return use(Parsed::parse(text).value());
}

}  // namespace detail

/// Whether `value` is what the pattern says and the types of all variables fit; only then are they
/// assigned. A variable is of any type with a codec that holds no views; a `term` takes any value.
/// Throws bad_result<error> only where the text has what its grammar does not tell (a float out of
/// range, more new atoms than there is room for).
template <class... Variables, class Site = decltype([] {})>
[[nodiscard]] bool match(const term& value, std::type_identity_t<match_text<Variables...>> text,
                         Variables&... variables) {
  static const pattern parsed = pattern::parse(text.text()).value();
  return detail::with_parsed(parsed, text.text(), [&](const pattern& wanted) {
    return detail::match_into(wanted, value, std::index_sequence_for<Variables...>{}, variables...);
  });
}

/// The same with a pattern parsed before; false also if it has another number of variables.
template <class... Variables>
[[nodiscard]] bool match(const term& value, const pattern& wanted, Variables&... variables) {
  return wanted.variables().size() == sizeof...(Variables) &&
         detail::match_into(wanted, value, std::index_sequence_for<Variables...>{}, variables...);
}

/// The term that the text is with `values` in place of its variables; they are of any type with a
/// codec. `#{Key => Value}` may have variables on both sides. Throws bad_result<error> as match()
/// does, for values that cannot be encoded (NaN), and if two keys of a map are equal.
template <class... Values, class Site = decltype([] {})>
[[nodiscard]] term format_term(std::type_identity_t<format_text<Values...>> text,
                               const Values&... values) {
  static const term_format parsed = term_format::parse(text.text()).value();
  byte_buffer bytes;
  writer out(bytes);
  std::array<std::size_t, sizeof...(Values)> ends{};
  std::size_t index = 0;
  ((codec<std::decay_t<const Values>>::encode(out, values), ends[index++] = bytes.size()), ...);
  if (!out.ok()) throw bad_result<error>(error(out.code()));
  return detail::with_parsed(parsed, text.text(), [&](const term_format& format) {
    return format.fill_encoded(bytes, ends).value();
  });
}

}  // namespace beamnode::etf
