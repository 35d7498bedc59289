#include "elixir_struct.hpp"

#include <cstdlib>

#include "elixir_literal.hpp"

namespace beamnode::etf::elixir_struct {
namespace {

using detail::cell;
using detail::form;

std::string_view text_of(const cell* c) noexcept {
  if (c == nullptr || c->what != form::atom) return {};
  return atom::from_index(static_cast<std::uint32_t>(c->word)).text();
}

std::string_view binary_of(const cell* c) noexcept {
  if (c == nullptr || c->what != form::bits || c->extra != 8) return {};
  return as_text(detail::content_of(*c));
}

/// An integer of a date or time, all of which are small.
std::optional<std::int64_t> number(const cell* c) noexcept {
  constexpr std::int64_t most = 1'000'000;
  if (c == nullptr || c->what != form::integer) return std::nullopt;
  if (c->integer < -most || c->integer > most) return std::nullopt;
  return c->integer;
}

void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
  if (value < 0) out += '-';
  const std::string text = std::to_string(std::abs(value));
  out.append(digits - std::min(digits, text.size()), '0').append(text);
}

bool append_numbers(std::string& out, const cell& map, char between,
                    std::initializer_list<std::pair<std::string_view, std::size_t>> fields) {
  bool is_first = true;
  for (const auto& [name, digits] : fields) {
    const auto value = number(field(map, name));
    if (!value) return false;
    if (!is_first) out += between;
    is_first = false;
    append_padded(out, *value, digits);
  }
  return true;
}

bool append_date(std::string& out, const cell& map) {
  constexpr std::int64_t last_year = 9999;
  const auto year = number(field(map, "year"));
  if (!year || std::abs(*year) > last_year) return false;
  return append_numbers(out, map, '-', {{"year", 4}, {"month", 2}, {"day", 2}});
}

bool append_time(std::string& out, const cell& map) {
  constexpr std::int64_t most_digits = 6;
  const cell* const parts = field(map, "microsecond");
  if (parts == nullptr || parts->what != form::tuple || parts->aux != 2) return false;
  const auto value = number(parts->cells);
  const auto precision = number(parts->cells + 1);
  if (!value || !precision || *value < 0 || *precision < 0 || *precision > most_digits) {
    return false;
  }
  if (!append_numbers(out, map, ':', {{"hour", 2}, {"minute", 2}, {"second", 2}})) return false;
  if (*precision == 0) return true;
  std::string digits;
  append_padded(digits, *value, most_digits);
  out.append(1, '.').append(digits, 0, static_cast<std::size_t>(*precision));
  return true;
}

bool append_zoned(std::string& out, const cell& map) {
  const auto utc = number(field(map, "utc_offset"));
  const auto summer = number(field(map, "std_offset"));
  const std::string_view zone = binary_of(field(map, "time_zone"));
  const std::string_view abbreviation = binary_of(field(map, "zone_abbr"));
  if (!utc || !summer) return false;
  const bool is_utc = *utc == 0 && *summer == 0 && zone == "Etc/UTC";
  out += is_utc ? "~U[" : "#DateTime<";
  if (!append_date(out, map)) return false;
  out += ' ';
  if (!append_time(out, map)) return false;
  if (is_utc) {
    out += "Z]";
    return true;
  }
  const std::int64_t offset = *utc + *summer;
  const std::int64_t minutes = std::abs(offset) / 60;
  out += offset < 0 ? '-' : '+';
  append_padded(out, minutes / 60, 2);
  out += ':';
  append_padded(out, minutes % 60, 2);
  if (zone != "Etc/UTC") out.append(1, ' ').append(abbreviation).append(1, ' ').append(zone);
  out += '>';
  return elixir_literal::is_printable(abbreviation) && elixir_literal::is_printable(zone);
}

bool append_range(std::string& out, const cell& map) {
  const cell* const first = field(map, "first");
  const cell* const last = field(map, "last");
  const cell* const step = field(map, "step");
  for (const cell* const part : {first, last, step}) {
    if (part == nullptr || part->what != form::integer) return false;
  }
  out.append(std::to_string(first->integer)).append("..").append(std::to_string(last->integer));
  if (step->integer != 1 || last->integer < first->integer) {
    out.append("//").append(std::to_string(step->integer));
  }
  return true;
}

}  // namespace

const cell* field(const cell& map, std::string_view name) noexcept {
  for (std::size_t i = 0; i < map.aux; ++i) {
    if (text_of(map.cells + 2 * i) == name) return map.cells + 2 * i + 1;
  }
  return nullptr;
}

std::optional<atom> module_of(const cell& map) noexcept {
  std::optional<atom> module;
  for (std::size_t i = 0; i < map.aux; ++i) {
    const cell& key = map.cells[2 * i];
    const std::string_view name = text_of(&key);
    if (key.what != form::atom || name.starts_with("Elixir.")) return std::nullopt;
    if (name != "__struct__") continue;
    const cell& value = map.cells[2 * i + 1];
    if (!elixir_literal::is_alias(text_of(&value))) return std::nullopt;
    module = atom::from_index(static_cast<std::uint32_t>(value.word));
  }
  return module;
}

const cell* set_elements(const cell& map, atom module) noexcept {
  if (module.text() != "Elixir.MapSet") return nullptr;
  const cell* const elements = field(map, "map");
  return elements != nullptr && elements->what == form::map ? elements : nullptr;
}

bool append_text(std::string& out, const cell& map, atom module) {
  const std::string_view name = module.text();
  std::string text;
  bool is_written = false;
  if (name == "Elixir.Range") {
    is_written = append_range(text, map);
  } else if (text_of(field(map, "calendar")) != "Elixir.Calendar.ISO") {
    return false;
  } else if (name == "Elixir.Date") {
    text = "~D[";
    is_written = append_date(text, map);
  } else if (name == "Elixir.Time") {
    text = "~T[";
    is_written = append_time(text, map);
  } else if (name == "Elixir.NaiveDateTime") {
    text = "~N[";
    is_written = append_date(text, map);
    text += ' ';
    is_written = is_written && append_time(text, map);
  } else if (name == "Elixir.DateTime") {
    is_written = append_zoned(text, map);
  }
  if (!is_written) return false;
  out += text;
  if (text.starts_with('~') && !text.starts_with("~U")) out += ']';
  return true;
}

}  // namespace beamnode::etf::elixir_struct
