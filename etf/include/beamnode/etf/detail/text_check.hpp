#pragma once
/// Whether a text is right, at compile time.

#include <beamnode/etf/detail/text_grammar.hpp>

namespace beamnode::etf::detail {

/// Takes everything: to know only whether a text is right.
struct no_sink {
  static constexpr text_problem ok = text_problem::none;
  constexpr text_problem begin_value(std::size_t) noexcept { return ok; }
  constexpr text_problem put_number(std::string_view, token_kind, bool) noexcept { return ok; }
  constexpr text_problem put_atom(std::string_view) noexcept { return ok; }
  constexpr text_problem put_string(std::string_view) noexcept { return ok; }
  constexpr text_problem put_bytes(std::string_view) noexcept { return ok; }
  constexpr text_problem put_binary(std::string_view) noexcept { return ok; }
  constexpr text_problem put_fun(std::string_view, std::string_view, std::uint8_t) noexcept {
    return ok;
  }
  constexpr text_problem put_variable(std::size_t) noexcept { return ok; }
  constexpr text_problem put_anonymous() noexcept { return ok; }
  constexpr std::size_t open(text_frame_kind, bool) noexcept { return 0; }
  constexpr std::size_t open_record(std::string_view, std::string_view) noexcept { return 0; }
  constexpr text_problem put_field(std::size_t, std::string_view) noexcept { return ok; }
  constexpr text_problem put_tail(std::size_t, std::uint32_t) noexcept { return ok; }
  constexpr text_problem close(text_frame_kind, std::size_t, std::uint32_t) noexcept { return ok; }
  constexpr std::size_t open_bits() noexcept { return 0; }
  constexpr text_problem put_segment(const text_segment&, std::size_t) noexcept { return ok; }
  constexpr text_problem close_bits(std::size_t) noexcept { return ok; }
};

/// What is wrong with a text, and where.
struct text_check {
  text_problem problem = text_problem::none;
  text_position at;
  std::size_t variables = 0;
};

constexpr text_check check_text(std::string_view text, text_use use) {
  no_sink sink;
  text_grammar<no_sink> grammar(text, use, static_cast<std::size_t>(-1), sink);
  const text_problem problem = grammar.run();
  if (problem == text_problem::none) return {problem, {}, grammar.variable_count()};
  return {problem, position_of(text, grammar.offset()), grammar.variable_count()};
}

/// Ends compilation where a text has a problem, or not as many variables as the call has arguments.
consteval void require_text(std::string_view text, text_use use, std::size_t arguments) {
  text_check found = check_text(text, use);
  if (found.problem == text_problem::none && found.variables != arguments) {
    found.problem = found.variables < arguments ? text_problem::fewer_variables_than_given
                                                : text_problem::more_variables_than_given;
  }
  text_refusal::refuse(found.problem, found.at.line, found.at.column);
}

}  // namespace beamnode::etf::detail
