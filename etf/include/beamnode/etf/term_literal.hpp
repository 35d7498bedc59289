#pragma once
/// Terms as literals: `"{ok, [1, 2.5, <<\"bin\">>]}"_term`.

#include <beamnode/etf/detail/text_check.hpp>
#include <beamnode/etf/parse.hpp>

namespace beamnode::etf::literals {

/// The term that parse_term() makes of this text, made once per literal. What is no Erlang term
/// does not compile. What only the value tells, like a key that stands twice in a map or a float
/// out of range, throws bad_result<error> instead.
template <fixed_text Text> [[nodiscard]] const term& operator""_term() {
  constexpr detail::text_check checked = detail::check_text(Text.view(), detail::text_use::literal);
  static_assert(
      detail::text_literal_at<checked.problem, checked.at.line, checked.at.column>::is_right);
  static const term parsed = parse_term(Text.view()).value();
  return parsed;
}

}  // namespace beamnode::etf::literals
