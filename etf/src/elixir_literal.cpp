#include "elixir_literal.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "text_literal.hpp"
#include "utf8.hpp"

namespace beamnode::etf::elixir_literal {
namespace {

constexpr std::array<std::string_view, 42> operators{
    "!",  "!=",  "!==", "&",   "&&",  "&&&", "*",  "**",  "+",   "++",  "+++", "-",   "--", "---",
    "/",  "<",   "<-",  "<<<", "<<~", "<=",  "<>", "<~",  "<~>", "=",   "==",  "===", "=~", ">",
    ">=", ">>>", "@",   "^",   "|",   "|>",  "||", "|||", "~>",  "~>>", "and", "in",  "or", "when"};
// Atoms without quotes, but no names of functions.
constexpr std::array<std::string_view, 9> not_callable{"%",  "%{}", "{}",   "<<>>", "...",
                                                       "..", ".",   "..//", "->"};
// The other way round.
constexpr std::array<std::string_view, 4> only_callable{"::", "^^^", "~~~", "<|>"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

bool is_letter(std::uint32_t c) noexcept {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return c >= 0xC0 && c <= 0x17F && c != 0xD7 && c != 0xF7 && c != 0x132 && c != 0x133 &&
         c != 0x13F && c != 0x140 && c != 0x149 && c != 0x17F;
}

/// Letters, digits, _ and @, and at the end a mark.
bool is_identifier(std::string_view text) noexcept {
  if (text.empty() || !is_letter(utf8::decode_next(text))) return false;
  if (text.ends_with('?') || text.ends_with('!')) text.remove_suffix(1);
  while (!text.empty()) {
    const std::uint32_t c = utf8::decode_next(text);
    if (!is_letter(c) && c != '@' && (c < '0' || c > '9')) return false;
  }
  return true;
}

bool is_plain(std::string_view text) noexcept {
  return is_identifier(text) || contains(operators, text) || contains(not_callable, text);
}

char escape_letter(std::uint32_t c) noexcept {
  constexpr std::string_view codes = "\a\b\x7f\x1b\f\n\r\t\v\\\"";
  constexpr std::string_view letters = "abdefnrtv\\\"";
  const std::size_t at = c < 0x80 ? codes.find(static_cast<char>(c)) : codes.npos;
  return at == codes.npos ? '\0' : letters[at];
}

/// Characters that can be taken for others, or seen not at all.
bool is_confusing(std::uint32_t c) noexcept {
  return c == 0xFEFF || c == 0x61C || c == 0x34F || c == 0xA0 || (c >= 0x2000 && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x205F && c <= 0x2064) ||
         (c >= 0x2066 && c <= 0x2069) || (c >= 0xFFF9 && c <= 0xFFFC);
}

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
  while (digits-- != 0) out += "0123456789ABCDEF"[(value >> (4 * digits)) & 0xFU];
}

void append_escaped_character(std::string& out, std::uint32_t c) {
  if (const char letter = escape_letter(c); letter != 0) {
    out += '\\';
    out += letter;
  } else if (c == 0) {
    out += "\\0";
  } else if (c < 0x20 || (c >= 0x80 && c < 0xA0)) {
    append_hex(out += "\\x", c, 2);
  } else if (is_confusing(c) || c == 0xFFFE || c == 0xFFFF) {
    append_hex(out += "\\u", c, 4);
  } else {
    utf8::append(out, c);
  }
}

}  // namespace

bool is_in_charlist(std::uint64_t c) noexcept {
  return (c >= 7 && c <= 13) || c == 0x1B || (c >= 0x20 && c <= 0x7E);
}

bool is_printable(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::uint32_t c = utf8::decode_next(text);
    if (c == utf8::invalid) return false;
    if (c <= 0x7F ? !is_in_charlist(c) && c != 0x7F : c < 0xA0 || c == 0xFFFE || c == 0xFFFF) {
      return false;
    }
  }
  return true;
}

bool is_alias(std::string_view text) noexcept {
  constexpr std::string_view root = "Elixir";
  if (!text.starts_with(root)) return false;
  text.remove_prefix(root.size());
  while (!text.empty()) {
    if (text.size() < 2 || text[0] != '.' || !is_upper(text[1])) return false;
    text.remove_prefix(2);
    const auto end = std::ranges::find_if_not(text, [](char c) {
      return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9') || c == '_';
    });
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  return true;
}

void append_escaped(std::string& out, std::string_view text, std::size_t enough) {
  while (!text.empty() && out.size() <= enough) {
    if (text.starts_with("#{")) out += '\\';
    append_escaped_character(out, utf8::decode_next(text));
  }
}

void append_atom(std::string& out, atom name) {
  constexpr std::string_view root = "Elixir.";
  const std::string_view text = name.text();
  if (is_alias(text)) {
    const bool is_within =
        text.starts_with(root) && text != "Elixir.Elixir" && !text.starts_with("Elixir.Elixir.");
    out += is_within ? text.substr(root.size()) : text;
  } else if (text == "nil" || text == "true" || text == "false") {
    out += text;
  } else if (is_plain(text)) {
    out.append(1, ':').append(text);
  } else {
    out += ":\"";
    append_escaped(out, text, out.max_size());
    out += '"';
  }
}

void append_key(std::string& out, atom name) {
  const std::string_view text = name.text();
  if (is_plain(text) && !is_alias(text)) {
    out += text;
  } else {
    out += '"';
    append_escaped(out, text, out.max_size());
    out += '"';
  }
  out += ": ";
}

void append_function(std::string& out, atom name) {
  const std::string_view text = name.text();
  const bool is_callable = contains(operators, text) || contains(only_callable, text) ||
                           (is_identifier(text) && !is_upper(text[0]));
  if (is_callable) {
    out += text;
  } else {
    out += '"';
    append_escaped(out, text, out.max_size());
    out += '"';
  }
}

void append_float(std::string& out, double value) {
  constexpr double written_out = 1.0e16;
  const double size = std::abs(value);
  if (size >= 1 && size < written_out && std::trunc(value) == value) {
    out.append(std::to_string(static_cast<std::int64_t>(value))).append(".0");
  } else {
    literal_text::append_float(out, value);
  }
}

}  // namespace beamnode::etf::elixir_literal
