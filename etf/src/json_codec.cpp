// What json_codec.hpp needs that is no template, and no part of the JSON library.
#include <beamnode/etf/codec.hpp>

#include "text_literal.hpp"
#include "utf8.hpp"

namespace beamnode::etf::detail {

bool is_utf8(std::string_view text) noexcept { return utf8::is_valid(text); }

std::string read_json_key(reader& r) {
  const std::uint8_t* const at = r.position();
  switch (r.peek()) {
    case kind::atom: return std::string(r.read_atom().text());
    case kind::integer: return big_integer::read_from(r).to_string();
    case kind::floating: {
      std::string text;
      literal_text::append_float(text, r.read_float());
      return text;
    }
    case kind::bit_string: {
      const std::string_view text = as_text(r.read_binary());
      if (!is_utf8(text)) r.fail_at(at, errc::invalid_utf8);
      return std::string(text);
    }
    default:
      r.fail_expecting(
          kind::none, +[] { return std::string("a key that is an atom, a binary or a number"); });
      return {};
  }
}

bool next_is_json_struct_name(const reader& r) {
  if (!r.next_is(literal<"__struct__">{})) return false;
  reader ahead = r;
  ahead.skip();
  return ahead.peek() == kind::atom;
}

}  // namespace beamnode::etf::detail
