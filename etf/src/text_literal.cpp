#include "text_literal.hpp"

#include <beamnode/etf/detail/text_scanner.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "utf8.hpp"

namespace beamnode::etf::literal_text {
namespace {

constexpr std::size_t max_decimal_bytes = 4096;

bool is_lower(std::uint32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}
bool is_upper(std::uint32_t c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}
bool is_digit(std::uint32_t c) noexcept { return c >= '0' && c <= '9'; }

bool needs_quotes(std::string_view text) noexcept {
  if (text.empty() || detail::is_reserved_word(text)) return true;
  if (!is_lower(utf8::decode_next(text))) return true;
  while (!text.empty()) {
    const std::uint32_t c = utf8::decode_next(text);
    if (!is_lower(c) && !is_upper(c) && !is_digit(c) && c != '_' && c != '@') return true;
  }
  return false;
}

char escape_letter(std::uint32_t c) noexcept {
  switch (c) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\v': return 'v';
    case '\b': return 'b';
    case '\f': return 'f';
    case 0x1B: return 'e';
    case 0x7F: return 'd';
    default: return 0;
  }
}

bool is_printable_byte(std::uint8_t byte) noexcept {
  return literal_text::is_printable(byte, printable_range::latin1);
}

bool is_printable_utf8(std::string_view text, bool& is_ascii, printable_range range) noexcept {
  while (!text.empty()) {
    const std::uint32_t c = utf8::decode_next(text);
    if (c == utf8::invalid || !literal_text::is_printable(c, range)) return false;
    if (c > 0x7F) is_ascii = false;
  }
  return true;
}

}  // namespace

bool is_printable(std::uint64_t c, printable_range range) noexcept {
  if (c < 0x20) return (c >= '\b' && c <= '\r') || c == 0x1B;
  if (c < 0x7F) return true;
  if (range == printable_range::latin1) return c >= 0xA0 && c <= 0xFF;
  return c >= 0xA0 && utf8::is_scalar(c) && c != 0xFFFE && c != 0xFFFF;
}

void append_character(std::string& out, std::uint32_t c, char quote) {
  if (c == static_cast<unsigned char>(quote) || c == '\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (const char letter = escape_letter(c); letter != 0) {
    out += '\\';
    out += letter;
  } else if (c < 0x20 || (c >= 0x80 && c < 0xA0)) {
    out += '\\';
    for (const unsigned shift : {6U, 3U, 0U}) {
      out += static_cast<char>('0' + ((c >> shift) & 7U));
    }
  } else {
    utf8::append(out, c);
  }
}

void append_atom(std::string& out, atom name) {
  std::string_view text = name.text();
  if (!needs_quotes(text)) {
    out += text;
    return;
  }
  out += '\'';
  while (!text.empty()) append_character(out, utf8::decode_next(text), '\'');
  out += '\'';
}

// The shortest digits that read back as the same number; written out or with an exponent, whichever
// takes less room.
void append_float(std::string& out, double value) {
  std::array<char, 32> buffer{};
  const auto [end, failure] =
      std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  const int exponent = std::atoi(text.data() + e + 1);
  const int count = static_cast<int>(digits.size());
  const int place = exponent + 1;  // of the point, in digits from the first one
  const std::string exponent_text = std::to_string(exponent);
  const int cost_of_exponent = static_cast<int>(exponent_text.size()) + 1 + (count == 1 ? 2 : 1);
  constexpr double exact_integers = 9007199254740992.0;

  if (place > 0 && place < count) {
    const auto whole = static_cast<std::size_t>(place);
    out.append(digits, 0, whole).append(1, '.').append(digits, whole);
  } else if (value == 0) {
    out += "0.0";
  } else if (place <= 0 && 2 - place <= cost_of_exponent) {
    out.append("0.").append(static_cast<std::size_t>(-place), '0').append(digits);
  } else if (place >= count && place - count + 2 <= cost_of_exponent &&
             std::abs(value) < exact_integers) {
    out.append(digits).append(static_cast<std::size_t>(place - count), '0').append(".0");
  } else {
    out.append(digits, 0, 1).append(1, '.');
    out.append(count == 1 ? "0" : digits.substr(1)).append(1, 'e').append(exponent_text);
  }
}

void append_big(std::string& out, big_view value) {
  if (value.negative) out += '-';
  const bytes_view bytes = value.magnitude;
  if (bytes.size() > max_decimal_bytes) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    out += "16#";
    for (std::size_t i = bytes.size(); i-- > 0;) {
      if (i + 1 != bytes.size() || bytes[i] > 0xF) out += hex[bytes[i] >> 4U];
      out += hex[bytes[i] & 0xFU];
    }
    return;
  }
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words[i / 4] |= std::uint32_t{bytes[i]} << (8 * (i % 4));
  }
  constexpr std::uint32_t group = 1'000'000'000;
  std::string reversed;
  while (!words.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      rest = (rest << 32U) | words[i];
      words[i] = static_cast<std::uint32_t>(rest / group);
      rest %= group;
    }
    while (!words.empty() && words.back() == 0) words.pop_back();
    for (int digit = 0; digit < 9; ++digit, rest /= 10) {
      reversed += static_cast<char>('0' + rest % 10);
    }
  }
  reversed.erase(std::max<std::size_t>(reversed.find_last_not_of('0') + 1, 1));
  out.append(reversed.rbegin(), reversed.rend());
}

bool append_printable_start(std::string& out, bytes_view content, std::size_t least,
                            std::size_t most, std::size_t enough, printable_range range) {
  if (content.empty()) return false;
  const std::string_view all = as_text(content);
  std::string_view rest = all;
  std::size_t count = 0;
  std::uint32_t stopped_by = 0;
  for (; !rest.empty() && stopped_by == 0;) {
    std::string_view after = rest;
    const std::uint32_t c = utf8::decode_next(after);
    if (c == utf8::invalid || count == most || !is_printable(c, range)) {
      stopped_by = c == 0 ? ' ' : c;
    } else {
      rest = after;
      ++count;
    }
  }
  const bool is_utf8 = stopped_by != utf8::invalid;
  if (!is_utf8) {
    const auto end = std::ranges::find_if_not(content.first(most), is_printable_byte);
    count = static_cast<std::size_t>(end - content.begin());
    rest = all.substr(count);
  }
  if (!rest.empty() && count < least) return false;
  const std::string_view shown = all.substr(0, all.size() - rest.size());
  out += "<<\"";
  for (std::string_view left = shown; !left.empty() && out.size() <= enough;) {
    if (is_utf8) {
      append_character(out, utf8::decode_next(left), '"');
    } else {
      append_character(out, static_cast<unsigned char>(left.front()), '"');
      left.remove_prefix(1);
    }
  }
  out += shown.size() == count ? "\"" : "\"/utf8";
  out += rest.empty() ? ">>" : "...>>";
  return true;
}

bool append_printable_binary(std::string& out, bytes_view content, std::size_t enough,
                             printable_range range) {
  if (content.empty()) return false;
  std::string_view text = as_text(content);
  bool is_ascii = true;
  if (is_printable_utf8(text, is_ascii, range)) {
    out += "<<\"";
    while (!text.empty() && out.size() <= enough) {
      append_character(out, utf8::decode_next(text), '"');
    }
    out += is_ascii ? "\">>" : "\"/utf8>>";
    return true;
  }
  if (utf8::count_characters(text) || !std::ranges::all_of(content, is_printable_byte))
    return false;
  out += "<<\"";
  for (const std::uint8_t byte : content) {
    if (out.size() > enough) break;
    append_character(out, byte, '"');
  }
  out += "\">>";
  return true;
}

}  // namespace beamnode::etf::literal_text
