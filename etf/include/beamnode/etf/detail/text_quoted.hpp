#pragma once
/// What stands between quotes in Erlang text: "strings" and 'atoms', """triple-quoted""" strings
/// and ~"sigils" (erlang's reference manual: "Data Types"); at compile time too.

#include <beamnode/etf/detail/text_characters.hpp>
#include <beamnode/etf/detail/text_problem.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace beamnode::etf::detail {

/// How a quoted text begins.
struct quoted_form {
  bool is_sigil = false;
  bool is_binary = false;    // a sigil that makes a binary
  bool is_verbatim = false;  // no escape sequences
  char closing = '\0';       // '\0': no quoted text begins here
  std::size_t quotes = 1;    // 3 or more: triple-quoted
  std::size_t begin = 0;     // of what is behind the quotes
};

/// Where the parts of a quoted text are.
struct quoted_parts {
  text_problem problem = text_problem::none;
  std::size_t at_fault = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t behind = 0;        // the closing quotes
  std::size_t closing_line = 0;  // of a triple-quoted text: its indentation stands there
  std::size_t indentation = 0;
};

constexpr char closing_delimiter(char opening) noexcept {
  switch (opening) {
    case '(': return ')';
    case '[': return ']';
    case '{': return '}';
    case '<': return '>';
    case '/':
    case '|':
    case '\'':
    case '"':
    case '`':
    case '#': return opening;
    default: return '\0';
  }
}

/// What begins at `at`: with '~' or a quote.
constexpr quoted_form quoted_form_of(std::string_view text, std::size_t at) noexcept {
  quoted_form form;
  char letter = '\0';
  if (text[at] == '~') {
    form.is_sigil = true;
    ++at;
    if (at < text.size() && std::string_view("sSbB").find(text[at]) != text.npos) {
      letter = text[at++];
    }
    form.is_binary = letter != 's' && letter != 'S';
    form.is_verbatim = letter == 'S' || letter == 'B';
  }
  if (at >= text.size()) return form;
  form.closing = closing_delimiter(text[at]);
  form.begin = at + 1;
  if (!text.substr(at).starts_with("\"\"\"")) return form;
  form.quotes = std::min(text.find_first_not_of('"', at), text.size()) - at;
  form.begin = at + form.quotes;
  form.is_verbatim = letter == '\0' || form.is_verbatim;
  return form;
}

constexpr quoted_parts find_quoted_end(std::string_view text, const quoted_form& form,
                                       text_problem unterminated) noexcept {
  for (std::size_t at = form.begin; at < text.size();) {
    if (text[at] == form.closing) return {.begin = form.begin, .end = at, .behind = at + 1};
    if (text[at] != '\\' && static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const bool is_escape = text[at] == '\\' && !form.is_verbatim;
    if (is_escape && at + 1 == text.size()) break;
    const text_character c = is_escape ? read_escapable(text, at) : read_character(text, at);
    if (c.size == 0) {
      return {is_escape ? text_problem::illegal_escape : text_problem::invalid_utf8, at};
    }
    at += c.size;
  }
  return {unterminated, text.size()};
}

namespace triple_quoted {

/// Passes over white space, but for line breaks.
constexpr std::size_t skip_white(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && text[at] != '\n' && static_cast<unsigned char>(text[at]) <= ' ') ++at;
  return at;
}

constexpr std::size_t end_of_line(std::string_view text, std::size_t at) noexcept {
  return std::min(text.find('\n', at), text.size());
}

/// The text ends at the first line that begins with as many quotes as it began with.
constexpr quoted_parts find_parts(std::string_view text, const quoted_form& form) noexcept {
  std::size_t line = skip_white(text, form.begin);
  if (line == text.size() || text[line] != '\n') {
    return {text_problem::unterminated_triple_quoted, line};
  }
  quoted_parts parts{.begin = ++line};
  for (; line <= text.size(); line = end_of_line(text, line) + 1) {
    const std::size_t quotes = skip_white(text, line);
    const std::size_t behind = std::min(text.find_first_not_of('"', quotes), text.size());
    if (behind - quotes < form.quotes) continue;
    parts.closing_line = line;
    parts.indentation = quotes - line;
    parts.behind = quotes + form.quotes;
    parts.end = std::max(line - 1, parts.begin);
    if (line == parts.begin) return parts;
    if (parts.end > parts.begin && text[parts.end - 1] == '\r') --parts.end;
    return parts;
  }
  return {text_problem::unterminated_triple_quoted, text.size()};
}

/// How many characters of the line at `at` are indentation: all of it, or none of an empty line.
constexpr std::size_t indentation_at(std::string_view text, std::size_t at,
                                     const quoted_parts& parts) noexcept {
  const std::string_view wanted = text.substr(parts.closing_line, parts.indentation);
  return text.substr(at).starts_with(wanted) ? parts.indentation : 0;
}

constexpr quoted_parts find_end(std::string_view text, const quoted_form& form) noexcept {
  const quoted_parts parts = find_parts(text, form);
  if (parts.problem != text_problem::none) return parts;
  for (std::size_t line = parts.begin; line < parts.end;) {
    const std::size_t end = end_of_line(text, line);
    const bool is_empty = end == line || (end == line + 1 && text[line] == '\r');
    if (!is_empty && indentation_at(text, line, parts) != parts.indentation) {
      return {text_problem::bad_indentation, line};
    }
    for (std::size_t at = line; at < std::min(end, parts.end);) {
      const bool is_escape = text[at] == '\\' && !form.is_verbatim;
      const text_character c = is_escape ? read_escapable(text, at) : read_character(text, at);
      if (c.size == 0) {
        return {is_escape ? text_problem::illegal_escape : text_problem::invalid_utf8, at};
      }
      at += c.size;
    }
    line = end + 1;
  }
  return parts;
}

}  // namespace triple_quoted

/// Checks the quoted text that begins at `at` in this form.
constexpr quoted_parts scan_quoted(std::string_view text, const quoted_form& form,
                                   text_problem unterminated) noexcept {
  return form.quotes == 1 ? find_quoted_end(text, form, unterminated)
                          : triple_quoted::find_end(text, form);
}

/// Calls `each` with every character of a quoted text, until it returns a problem.
template <class Each>
constexpr text_problem for_each_quoted(std::string_view text, const Each& each) {
  const quoted_form form = quoted_form_of(text, 0);
  const bool has_lines = form.quotes != 1;
  const quoted_parts parts = has_lines ? triple_quoted::find_parts(text, form)
                                       : quoted_parts{.begin = form.begin, .end = text.size() - 1};
  bool is_line = has_lines;
  for (std::size_t at = parts.begin; at < parts.end;) {
    if (is_line) at += triple_quoted::indentation_at(text, at, parts);
    is_line = false;
    if (at >= parts.end) break;
    const text_character c = form.is_verbatim ? read_character(text, at) : read_escapable(text, at);
    if (has_lines && c.value == '\n' && c.size == 1) is_line = true;
    if (const text_problem p = each(c.value); p != text_problem::none) return p;
    at += c.size;
  }
  return text_problem::none;
}

}  // namespace beamnode::etf::detail
