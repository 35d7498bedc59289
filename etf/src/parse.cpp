#include <beamnode/etf/parse.hpp>

#include <algorithm>

#include "text_builder.hpp"
#include "utf8.hpp"

namespace beamnode::etf {
namespace {

using detail::text_problem;
using detail::text_use;

constexpr std::size_t max_shown = 40;

errc code_of(text_problem problem) noexcept {
  switch (problem) {
    case text_problem::nested_too_deeply: return errc::too_deep;
    case text_problem::too_many_elements:
    case text_problem::bitstring_too_large:
    case text_problem::integer_too_large:
    case text_problem::too_many_digits: return errc::too_large;
    case text_problem::atom_too_long: return errc::atom_too_long;
    case text_problem::duplicate_key: return errc::duplicate_key;
    case text_problem::too_many_atoms: return errc::too_many_atoms;
    default: return errc::bad_text;
  }
}

text_problem problem_of(errc code) noexcept {
  switch (code) {
    case errc::duplicate_key: return text_problem::duplicate_key;
    case errc::too_deep: return text_problem::nested_too_deeply;
    case errc::too_large: return text_problem::too_many_elements;
    case errc::bad_record: return text_problem::duplicate_field;
    default: return text_problem::too_many_atoms;
  }
}

void append_place(std::string& sentence, std::string_view text, std::size_t offset) {
  const detail::text_position at = detail::position_of(text, offset);
  sentence.append(" (line ").append(std::to_string(at.line));
  sentence.append(", column ").append(std::to_string(at.column)).append(1, ')');
}

void append_found(std::string& sentence, std::string_view found) {
  if (found.empty()) {
    sentence += "the end of the text";
    return;
  }
  sentence += '\'';
  for (std::size_t shown = 0; !found.empty(); ++shown) {
    if (shown == max_shown) {
      sentence += "...";
      break;
    }
    const std::uint32_t c = utf8::decode_next(found);
    const bool is_printable = c != utf8::invalid && c >= 0x20 && (c < 0x7F || c >= 0xA0);
    utf8::append(sentence, is_printable ? c : std::uint32_t{0xFFFD});
  }
  sentence += '\'';
}

template <class Grammar>
error describe(std::string_view text, text_problem problem, const Grammar& grammar) {
  const detail::token found = grammar.found();
  std::string sentence(sentence_of(problem));
  sentence += grammar.is_expectation() ? ", found " : ", at ";
  append_found(sentence, text.substr(found.begin, found.end - found.begin));
  append_place(sentence, text, found.begin);
  return error(code_of(problem), found.begin, std::move(sentence));
}

}  // namespace

result<built_text> build_text(std::string_view text, text_use use, const limits& bounds) {
  text_builder builder(use, bounds);
  builder.set_text(text);
  detail::text_grammar<text_builder> grammar(text, use, bounds.depth, builder);
  const text_problem problem = grammar.run();
  if (problem != text_problem::none) return describe(text, problem, grammar);
  built_text built{builder.finish(), {}};
  for (std::size_t i = 0; i < grammar.variable_count(); ++i) {
    built.variables.emplace_back(grammar.variable(i));
  }
  return built;
}

error locate_in_text(std::string_view text, text_use use, const limits& bounds,
                     const error& of_decoding) {
  text_builder builder(use, bounds);
  builder.set_text(text);
  builder.watch(of_decoding.offset());
  detail::text_grammar<text_builder> grammar(text, use, bounds.depth, builder);
  const text_problem again = grammar.run();
  if (again != text_problem::none) return describe(text, again, grammar);
  const text_problem problem = problem_of(of_decoding.code());
  std::string sentence(sentence_of(problem));
  append_place(sentence, text, builder.watched());
  return error(code_of(problem), builder.watched(), std::move(sentence));
}

result<term> parse_term(std::string_view text, const limits& bounds) {
  const result<built_text> built = build_text(text, text_use::literal, bounds);
  if (!built) return built.error();
  result<term> value = term::decode_bare(built->encoded.bytes, bounds);
  if (!value) return locate_in_text(text, text_use::literal, bounds, value.error());
  return value;
}

}  // namespace beamnode::etf
