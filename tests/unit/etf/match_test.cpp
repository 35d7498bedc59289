#include <doctest/doctest.h>
#include <beamnode/etf/match.hpp>
#include <beamnode/etf/parse.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/deep.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode;
using namespace beamnode::etf;
using namespace beamnode::etf::literals;
using namespace beamnode::test;

namespace {

term parsed(std::string_view text) { return parse_term(text).value(); }

bool matches(std::string_view text, std::string_view value) {
  const result<pattern> wanted = pattern::parse(text);
  INFO(text);
  INFO((wanted ? std::string() : wanted.error().message()));
  REQUIRE(wanted.has_value());
  return wanted->match(parsed(value)).has_value();
}

std::string refusal(std::string_view text) {
  const result<pattern> wanted = pattern::parse(text);
  return wanted ? std::string() : wanted.error().message();
}

std::string filled(std::string_view text, std::vector<term> values) {
  const result<term> made = term_format::parse(text).value().fill(values);
  return made ? made->to_string() : made.error().message();
}

}  // namespace

TEST_CASE("variables of a pattern are bound to typed C++ variables in order of appearance") {
  const pid somebody{atom("city@host"), 7, 0, 3};
  const term t = etf::term::from(
      etf::tuple("ok"_atom, somebody, std::map<atom, std::string>{{"name"_atom, "Joe"}}));
  std::string name;
  pid who;
  CHECK(match(t, "{ok, Pid, #{name := Name}}", who, name));
  CHECK(who == somebody);
  CHECK(name == "Joe");
  CHECK_FALSE(match(t, "{error, _}"));
  CHECK(match(t, "{ok, _, _Anything}"));
}

TEST_CASE("nothing is assigned unless everything matches") {
  const term t = parsed("{1, two, 3}");
  int first = 10;
  int second = 20;
  CHECK_FALSE(match(t, "{A, B, 3}", first, second));  // two is no integer
  CHECK_FALSE(match(t, "{A, two, 4}", first));
  CHECK(first == 10);
  CHECK(second == 20);
  std::uint8_t small = 5;
  CHECK_FALSE(match(parsed("{256}"), "{Small}", small));
  CHECK(small == 5);
}

TEST_CASE("lists are taken apart into head and rest") {
  int first = 0;
  int second = 0;
  std::vector<int> rest;
  const term list = parsed("[1, 2, 3, 4]");  // STRING_EXT
  CHECK(match(list, "[A, B | Rest]", first, second, rest));
  CHECK(first == 1);
  CHECK(second == 2);
  CHECK(rest == std::vector{3, 4});
  term tail;
  CHECK(match(parsed("[1, 2, a | b]"), "[_, 2 | T]", tail));
  CHECK(tail == parsed("[a | b]"));
  CHECK(match(list, "[1, 2, 3, 4 | T]", tail));
  CHECK(tail.is_nil());
  CHECK_FALSE(match(list, "[1, 2, 3]"));
  CHECK_FALSE(match(list, "[1, 2, 3, 4, 5]"));
  CHECK_FALSE(match(list, "[1, 2, 3, 4, 5 | T]", tail));
  CHECK_FALSE(match(parsed("[]"), "[_ | _]"));
  CHECK(match(parsed("\"abc\""), "[$a | T]", tail));
  CHECK(tail == parsed("\"bc\""));
}

TEST_CASE("the same variable twice asks for equal values") {
  term x;
  CHECK(match(parsed("{a, [a], #{k => a}}"), "{X, [X], #{k := X}}", x));
  CHECK(x == "a"_atom);
  CHECK_FALSE(match(parsed("{1, 1.0}"), "{X, X}", x));
  CHECK(match(parsed("{#{1 => [2]}, #{1 => [2]}}"), "{X, X}", x));
  CHECK(match(parsed("{1, 2}"), "{_X, _X}"));
  CHECK(match(parsed("{1, 2}"), "{_, _}"));
}

TEST_CASE("patterns match as Erlang's do") {
  CHECK(matches("1", "1"));
  CHECK_FALSE(matches("1", "1.0"));
  CHECK_FALSE(matches("0.0", "-0.0"));
  CHECK(matches("{}", "{}"));
  CHECK_FALSE(matches("{}", "[]"));
  CHECK(matches("[]", "[]"));
  CHECK_FALSE(matches("{_}", "{1, 2}"));
  CHECK(matches("#{}", "#{a => 1}"));
  CHECK_FALSE(matches("#{}", "[]"));
  CHECK(matches("#{a := _}", "#{a => 1, b => 2}"));
  CHECK_FALSE(matches("#{c := _}", "#{a => 1, b => 2}"));
  CHECK(matches("#{1.0 := x, 1 := y}", "#{1 => y, 1.0 => x}"));
  CHECK(matches("#{{k, [1], #{n => 1}} := V}", "#{{k, [1], #{n => 1}} => 5}"));
  CHECK_FALSE(matches("#{{k, [1], #{n => 1}} := V}", "#{{k, [1], #{n => 2}} => 5}"));
  CHECK(matches("#{a := X, a := 1}", "#{a => 1}"));
  CHECK_FALSE(matches("#{a := 2, a := 1}", "#{a => 1}"));
  CHECK(matches("#{a := #{b := [_ | T]}}", "#{a => #{b => [1, 2], c => 3}}"));
  CHECK(matches("<<1, 2:4>>", "<<1, 2:4>>"));
  CHECK_FALSE(matches("<<1, 2:4>>", "<<1, 3:4>>"));
  CHECK(matches("\"ab\"", "[97, 98]"));
  CHECK(matches("[\"ab\" | X]", "[[97, 98], c]"));
  CHECK(matches("fun a:b/1", "fun a:b/1"));
  CHECK_FALSE(matches("fun a:b/1", "fun a:b/2"));
  CHECK(matches("123456789012345678901234567890", "123456789012345678901234567890"));
  CHECK(matches("#m:r{x = X, y = 2}", "#m:r{x = 1, y = 2}"));
  CHECK_FALSE(matches("#m:r{x = X, y = 2}", "#m:r{x = 1, z = 2}"));
  CHECK_FALSE(matches("#m:r{x = X, y = 2}", "#m:q{x = 1, y = 2}"));
  CHECK_FALSE(matches("#m:r{x = X}", "#m:r{x = 1, y = 2}"));
  CHECK(matches("X", "{anything}"));
}

TEST_CASE("variables match what no text can be") {
  const term identifier = term::from(pid{atom("n@h"), 1, 2, 3});
  const pattern wanted = pattern::parse("{X, X, _}").value();
  CHECK(wanted.match(term::from(std::tuple(identifier, identifier, identifier))));
  CHECK_FALSE(
      pattern::parse("{a, b}").value().match(term::from(std::tuple(identifier, identifier))));
  // Pids without a node stand for variables inside patterns: as values they are nothing special.
  const term odd = bare("58 7700 00000000 00000000 00000000"_hex);
  CHECK_FALSE(pattern::parse("1").value().match(odd));
  CHECK(pattern::parse("X").value().match(odd)->at("X") == odd);
}

TEST_CASE("a pattern read at run time gives its variables by name") {
  const pattern wanted = pattern::parse("{Name, [First | _], #{key := Name}}.").value();
  CHECK(wanted.variables() == std::vector<std::string>{"Name", "First"});
  const std::optional<bindings> found = wanted.match(parsed("{n, \"xyz\", #{key => n}}"));
  REQUIRE(found.has_value());
  CHECK(found->size() == 2);
  CHECK(found->find(std::string_view("Name"))->second == "n"_atom);
  CHECK(found->at("First") == term::from(int{'x'}));
  CHECK_FALSE(wanted.match(parsed("{n, \"xyz\", #{key => m}}")));

  atom name;
  int first = 0;
  CHECK(match(parsed("{n, \"xyz\", #{key => n}}"), wanted, name, first));
  CHECK(first == 'x');
  CHECK_FALSE(match(parsed("{n, \"xyz\", #{key => n}}"), wanted, name));
}

TEST_CASE("what patterns cannot express is refused with a sentence") {
  CHECK(refusal("#{a => 1}").starts_with("a map in a pattern is written #{key := Pattern}"));
  CHECK(refusal("#{K := 1}").starts_with("a variable stands in the key of a pattern"));
  CHECK(refusal("#{{_} := 1}").starts_with("a variable stands in the key of a pattern"));
  CHECK(refusal("#{#{a := 1} := 1}").starts_with("expected '=>' after a key"));
  CHECK(refusal("<<X, 1>>").starts_with("a variable stands in a bitstring"));
  CHECK(refusal("<<1:Size>>").starts_with("a variable stands in a bitstring"));
  CHECK(refusal("\"prefix\" ++ Rest").starts_with("operators are not evaluated"));
  CHECK(refusal("[X").starts_with("expected ',', '|' or ']'"));
  std::string many = "{V";
  for (int i = 0; i < 64; ++i) many += ", V" + std::to_string(i);
  CHECK(refusal(many + "}").starts_with("a pattern or format has more than 64 variables"));
  CHECK(term_format::parse("{_}").error().message().starts_with("'_' stands for no value"));
}

TEST_CASE("a million levels match") {
  constexpr std::size_t levels = fewer_deep_levels;
  const std::string text = std::string(levels, '{') + "X" + std::string(levels, '}');
  const pattern wanted = pattern::parse(text).value();
  const std::string nested = std::string(levels, '{') + "1" + std::string(levels, '}');
  CHECK(wanted.match(parsed(nested))->at("X") == term::from(1));
  CHECK_FALSE(wanted.match(parsed(nested.substr(1, nested.size() - 2))));
}

TEST_CASE("a format is the term with values in place of its variables") {
  const pid who{atom("city@host"), 7, 0, 3};
  const std::vector<int> rest{2, 3};
  CHECK(format_term("{reply, Pid, [Count | Rest]}", who, 1, rest) ==
        term::from(etf::tuple("reply"_atom, who, std::vector{1, 2, 3})));
  CHECK(format_term("#{Key => Value, b => \"x\"}", "a"_atom, 2.5) ==
        parsed("#{a => 2.5, b => \"x\"}"));
  CHECK(format_term("{X, [X], Y}", "text", true) == parsed("{<<\"text\">>, [<<\"text\">>], true}"));
  CHECK(format_term("[1, 2, 3]") == parsed("[1, 2, 3]"));
  CHECK(format_term("#m:r{a = A, b = #m:s{c = B}, d = C}", 1, 2, 3) ==
        parsed("#m:r{a = 1, b = #m:s{c = 2}, d = 3}"));
  CHECK(format_term("X", parsed("[a | b]")) == parsed("[a | b]"));
}

TEST_CASE("a format that makes no term throws") {
  CHECK_THROWS_AS((void)format_term("{X}", std::numeric_limits<double>::quiet_NaN()),
                  bad_result<error>);
  CHECK_THROWS_AS((void)format_term("#{X => 1, Y => 2}", 5, 5), bad_result<error>);
  CHECK(format_term("#{X => 1, Y => 2}", 5, 5.0).size() == 2);
}

TEST_CASE("a format read at run time is filled with terms") {
  CHECK(filled("{A, [B | A]}", {parsed("[1]"), parsed("2")}) == "{[1],[2,1]}");
  CHECK(filled("{A, B}", {parsed("1")}) == error(errc::wrong_arity).message());
  CHECK(term_format::parse("{A, B, A}").value().variables() == std::vector<std::string>{"A", "B"});
}

TEST_CASE("a call in a loop and calls of several types on one line are told apart") {
  int sum = 0;
  for (int i = 0; i < 3; ++i) {
    int n = 0;
    if (match(format_term("{n, N}", i), "{n, N}", n)) sum += n;
    if (match(format_term("{m, N}", i), "{m, N}", n)) sum += 10 * n;
  }
  CHECK(sum == 33);
}
