#pragma once
/// What can be wrong with Erlang text, each with its sentence: for the errors of parse_term() and
/// for the compiler's, where the text is a literal.

#include <cstddef>
#include <cstdint>
#include <string_view>

// One list makes the enumerators, the sentences and the static assertions.
#define BEAMNODE_TEXT_PROBLEMS(X)                                                               \
  X(expected_a_value, "expected a value")                                                       \
  X(expected_a_value_or_the_end_of_the_list, "expected a list element or ']' after '['")        \
  X(expected_a_value_or_the_end_of_the_tuple, "expected a tuple element or '}' after '{'")      \
  X(expected_a_key_or_the_end_of_the_map, "expected a key or '}' after '#{'")                   \
  X(expected_a_segment_or_the_end_of_the_bitstring, "expected a segment or '>>' after '<<'")    \
  X(expected_comma_or_bracket, "expected ',', '|' or ']' after a list element")                 \
  X(expected_bracket_after_tail, "expected ']' after the tail of a list")                       \
  X(expected_comma_or_brace, "expected ',' or '}' after a tuple element")                       \
  X(expected_comma_or_brace_in_map, "expected ',' or '}' after a value of a map")               \
  X(expected_arrow, "expected '=>' after a key")                                                \
  X(expected_assign, "expected ':=' after a key of a pattern")                                  \
  X(expected_parenthesis, "expected ')'")                                                       \
  X(expected_end, "expected the end after a whole term")                                        \
  X(expected_number, "expected a number after a sign")                                          \
  X(expected_record_module, "expected '{' of a map, or the module of a record, after '#'")      \
  X(expected_record_colon, "expected ':' between module and name of a record")                  \
  X(expected_record_name, "expected the name of a record after its module")                     \
  X(expected_record_brace, "expected '{' after the name of a record")                           \
  X(expected_field, "expected the name of a field")                                             \
  X(expected_field_or_brace, "expected the name of a field or '}'")                             \
  X(expected_equals, "expected '=' after the name of a field")                                  \
  X(expected_comma_or_brace_in_record, "expected ',' or '}' after a value of a record")         \
  X(expected_fun_module, "expected a module after 'fun', as in fun lists:map/2")                \
  X(expected_fun_colon, "expected ':' between module and function")                             \
  X(expected_fun_function, "expected the name of a function after its module")                  \
  X(expected_fun_slash, "expected '/' and an arity after the name of a function")               \
  X(expected_fun_arity, "expected an arity from 0 to 255")                                      \
  X(expected_segment, "expected an integer, a float, a string or a bitstring as a segment")     \
  X(expected_comma_or_close_bits, "expected ',' or '>>' after a segment of a bitstring")        \
  X(expected_segment_size, "expected an integer as the size of a segment")                      \
  X(expected_segment_type, "expected a type, signedness, endianness or unit of a segment")      \
  X(expected_segment_unit, "expected a unit from 1 to 256, as in unit:8")                       \
  X(unknown_segment_type, "this is no type, signedness, endianness or unit of a segment")       \
  X(contradicting_segment, "the types of this segment contradict one another")                  \
  X(segment_with_unit_only, "a segment with a unit needs a size")                               \
  X(sized_utf_segment, "a segment of type utf8, utf16 or utf32 has neither size nor unit")      \
  X(bad_float_size, "a float in a bitstring has 16, 32 or 64 bits")                             \
  X(float_in_other_segment, "a float in a bitstring needs the type float, as in <<1.0/float>>") \
  X(number_in_binary_segment, "a number or string cannot be a segment of type binary")          \
  X(bits_in_other_segment, "a bitstring in a bitstring needs /binary or /bitstring")            \
  X(partial_bits_in_segment, "the bits of this segment are no multiple of its unit")            \
  X(segment_too_short, "this segment has fewer bits than its size asks for")                    \
  X(bad_utf_segment, "this integer is no Unicode character")                                    \
  X(integer_too_big_for_float, "this integer is too big for a float")                           \
  X(bitstring_too_large, "the bitstrings of this text have too many bytes")                     \
  X(reserved_word, "a reserved word must be quoted to be an atom")                              \
  X(variable_in_literal, "a variable stands in a term: atoms begin with a small letter")        \
  X(variable_in_bits, "a variable stands in a bitstring, which holds literals only")            \
  X(variable_in_key, "a variable stands in the key of a pattern, which is a literal")           \
  X(anonymous_in_format, "'_' stands for no value here: name the variable")                     \
  X(arrow_in_pattern, "a map in a pattern is written #{key := Pattern}, not with '=>'")         \
  X(append_operator, "operators are not evaluated: write the list with [Head | Tail]")          \
  X(identifier_text, "a pid, port or reference has no text that names it wholly")               \
  X(fun_text, "only a fun of the form fun Module:Function/Arity can be read")                   \
  X(record_text, "a record without module is a tuple: write it as {name, ...}")                 \
  X(illegal_character, "this character is not allowed here")                                    \
  X(invalid_utf8, "the text is not valid UTF-8")                                                \
  X(illegal_escape, "this is no escape sequence")                                               \
  X(illegal_integer, "this is no integer")                                                      \
  X(illegal_base, "the base of an integer is a number from 2 to 36")                            \
  X(illegal_float, "this is no float")                                                          \
  X(based_float, "floats are read in base 10 only")                                             \
  X(float_out_of_range, "this float is out of range")                                           \
  X(integer_too_large, "this integer is too large")                                             \
  X(too_many_digits, "an integer of so many digits is read in base 2, 4, 8, 16 or 32 only")     \
  X(unterminated_string, "a string has no closing '\"'")                                        \
  X(unterminated_atom, "a quoted atom has no closing quote")                                    \
  X(adjacent_strings, "white space is missing between two strings")                             \
  X(unterminated_triple_quoted, "a triple-quoted string has no closing line of its own")        \
  X(bad_indentation, "this line is indented less than the closing quotes")                      \
  X(illegal_sigil, "this is no sigil: ~, ~s, ~S, ~b or ~B and a quoted text")                   \
  X(atom_too_long, "the atom has more than 255 characters")                                     \
  X(duplicate_key, "the map has the same key twice")                                            \
  X(duplicate_field, "the record has the same field twice")                                     \
  X(nested_too_deeply, "the term is nested too deeply")                                         \
  X(too_many_elements, "the term has too many elements")                                        \
  X(too_many_atoms, "no more atoms may be created")                                             \
  X(too_many_variables, "a pattern or format has more than 64 variables")                       \
  X(fewer_variables_than_given, "the text has fewer variables than the call has arguments")     \
  X(more_variables_than_given, "the text has more variables than the call has arguments")

namespace beamnode::etf::detail {

#define BEAMNODE_ENUMERATOR(name, sentence) name,
enum class text_problem : std::uint8_t { none, BEAMNODE_TEXT_PROBLEMS(BEAMNODE_ENUMERATOR) };
#undef BEAMNODE_ENUMERATOR

[[nodiscard]] constexpr std::string_view sentence_of(text_problem problem) noexcept {
  switch (problem) {
    case text_problem::none: break;
#define BEAMNODE_SENTENCE(name, sentence) \
  case text_problem::name: return sentence;
      BEAMNODE_TEXT_PROBLEMS(BEAMNODE_SENTENCE)
#undef BEAMNODE_SENTENCE
  }
  return {};
}

/// Where in a text: both begin with 1, columns count characters.
struct text_position {
  std::size_t line = 1;
  std::size_t column = 1;
};

[[nodiscard]] constexpr text_position position_of(std::string_view text,
                                                  std::size_t offset) noexcept {
  text_position at;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((byte & 0xC0U) != 0x80U) {
      ++at.column;
    }
  }
  return at;
}

/// Instantiated with a problem, this is the compiler's error with its sentence.
template <text_problem Problem, std::size_t Line, std::size_t Column> struct text_literal_at {
#define BEAMNODE_ASSERTION(name, sentence) \
  static_assert(Problem != text_problem::name, "beamnode: " sentence);
  BEAMNODE_TEXT_PROBLEMS(BEAMNODE_ASSERTION)
#undef BEAMNODE_ASSERTION
  static constexpr bool is_right = true;
};

/// Where the text is an argument of a consteval constructor, and no static assertion can see it:
/// a function that cannot be called at compile time, whose name is the compiler's error.
namespace text_refusal {
#define BEAMNODE_REFUSAL(name, sentence) void name(std::size_t line, std::size_t column);
BEAMNODE_TEXT_PROBLEMS(BEAMNODE_REFUSAL)
#undef BEAMNODE_REFUSAL

consteval void refuse(text_problem problem, std::size_t line, std::size_t column) {
  switch (problem) {
    case text_problem::none: return;
#define BEAMNODE_REFUSE(name, sentence) \
  case text_problem::name: return name(line, column);
      BEAMNODE_TEXT_PROBLEMS(BEAMNODE_REFUSE)
#undef BEAMNODE_REFUSE
  }
}
}  // namespace text_refusal

}  // namespace beamnode::etf::detail

#undef BEAMNODE_TEXT_PROBLEMS
