#include <doctest/doctest.h>
#include <beamnode/etf/parse.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/deep.hpp"
#include "support/vectors.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// What is wrong with this text, as a sentence.
std::string refusal(std::string_view text, const limits& bounds = {}) {
  const result<term> parsed = parse_term(text, bounds);
  if (parsed) return {};
  CHECK(parsed.error().code() != errc::none);
  CHECK(parsed.error().offset() <= text.size());
  return parsed.error().message();
}

errc refusal_code(std::string_view text, const limits& bounds = {}) {
  const result<term> parsed = parse_term(text, bounds);
  return parsed ? errc::none : parsed.error().code();
}

term parsed(std::string_view text) {
  const result<term> value = parse_term(text);
  INFO(text);
  INFO((value ? std::string() : value.error().message()));
  REQUIRE(value.has_value());
  return *value;
}

/// With \\, \n, \t, \r and \xHH for what a line cannot contain.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': plain += '\n'; break;
      case 't': plain += '\t'; break;
      case 'r': plain += '\r'; break;
      case 'x':
        plain += static_cast<char>(from_hex(text.substr(i + 1, 2)).front());
        i += 2;
        break;
      default: plain += text[i];
    }
  }
  return plain;
}

/// Native records, which erl_parse leaves to the compiler; keys that stand twice, of which it takes
/// the last; U+FFFE, which it prints and does not read; and floats in other bases.
bool differs_on_purpose(std::string_view text) {
  return text == "\"\xef\xbf\xbe\"" || text == "#a:b{}" || text == "#a:b{c = 1}" ||
         text == "#'a b':'c d'{'e f' = 1,g=2}" || text == "#{a=>1,a=>2}" ||
         refusal(text).starts_with("floats are read in base 10 only");
}

}  // namespace

TEST_CASE("what Erlang prints is read back as what it was") {
  std::size_t read = 0;
  for (const char* const release : {"25", "27", "29"}) {
    for (const term_vector& line : term_vectors(release)) {
      const result<term> value = term::decode(line.bytes);
      REQUIRE(value.has_value());
      if (line.text == "-") continue;
      INFO(line.text);
      const result<term> again = parse_term(line.text);
      INFO((again ? std::string() : again.error().message()));
      REQUIRE(again.has_value());
      // No text says whether a native record is exported.
      const bool has_record = line.text.find("#m") != std::string::npos;
      CHECK((has_record ? again->to_string() == value->to_string() : *again == *value));
      ++read;
    }
  }
  CHECK(read > 2500);
}

TEST_CASE("expressions that are literals are what Erlang evaluates them to") {
  std::size_t literals = 0;
  for (const char* const release : {"27", "29"}) {
    for (const term_vector& line : term_vectors(release)) {
      const bool is_an_encoding = line.expression.starts_with("<<131");
      const result<term> value = parse_term(line.expression);
      if (!value || is_an_encoding) continue;
      ++literals;
      INFO(line.expression);
      CHECK(*value == term::decode(line.bytes).value());
    }
  }
  CHECK(literals > 700);
}

TEST_CASE("what our printer writes of any vector is read back, or refused as an identifier") {
  for (const term_vector& line : term_vectors("29")) {
    const term value = term::decode(line.bytes).value();
    const result<term> again = parse_term(value.to_string());
    INFO(value.to_string());
    if (again) {
      // No text says whether a native record is exported.
      const bool has_record = line.text.find("#m") != std::string::npos;
      CHECK((has_record ? again->to_string() == value.to_string() : *again == value));
    } else {
      const std::string why = again.error().message();
      INFO(why);
      CHECK((why.starts_with("a pid, port or reference") || why.starts_with("only a fun")));
    }
  }
}

TEST_CASE("texts are read and refused as erl_scan and erl_parse of OTP 29 do") {
  const auto lines = vector_lines("erl_parse29.txt", 2);
  CHECK(lines.size() > 750);
  for (const std::vector<std::string>& line : lines) {
    const std::string& answer = line[0];
    const std::string text = unescaped(line[1]);
    INFO(line[1]);
    const result<term> value = parse_term(text);
    INFO((value ? value->to_string() : value.error().message()));
    if (differs_on_purpose(text)) continue;
    CHECK(value.has_value() == (answer != "refused"));
    if (value && answer != "refused") CHECK(*value == term::decode(from_hex(answer)).value());
    CHECK((value || refusal(text).find("line ") != std::string::npos));
  }
}

TEST_CASE("errors name what was found and expected, and where") {
  CHECK(refusal("[1,\n 2, 3}") ==
        "expected ',', '|' or ']' after a list element, found '}' (line 2, column 6)");
  CHECK(refusal("{a, b") ==
        "expected ',' or '}' after a tuple element, found the end of the text (line 1, column 6)");
  CHECK(refusal("") == "expected a value, found the end of the text (line 1, column 1)");
  CHECK(refusal("[\"\xc3\xa4\xc3\xb6\", \xce\xb1]") ==
        "this character is not allowed here, at '\xce\xb1' (line 1, column 8)");
  CHECK(refusal("#{a = 1}") == "expected '=>' after a key, found '=' (line 1, column 5)");
  CHECK(
      refusal("<<1:8/int>>") ==
      "this is no type, signedness, endianness or unit of a segment, at 'int' (line 1, column 7)");
  CHECK(refusal("[if]") ==
        "a reserved word must be quoted to be an atom, at 'if' (line 1, column 2)");
  CHECK(refusal("[#Pid<city_b@127.0.0.1.110.0>]") ==
        "a pid, port or reference has no text that names it wholly, at 'Pid' (line 1, column 3)");
  CHECK(refusal("<0.1.0>").starts_with("a pid, port or reference"));
  CHECK(refusal("#Fun<mod.3.-1>").starts_with("only a fun of the form"));
  CHECK(refusal("#point{x = 1}").starts_with("a record without module is a tuple"));
  CHECK(refusal("{Name, 1}").starts_with("a variable stands in a term"));
  CHECK(refusal("'" + std::string(1000, 'a')).find("no closing quote") != std::string::npos);
  CHECK(refusal("a\n\n  b") == "expected the end after a whole term, found 'b' (line 3, column 3)");
  CHECK(refusal("a\n\n  \"b") == "a string has no closing '\"', at '\"' (line 3, column 3)");
  CHECK(refusal("[\xff]").find("not valid UTF-8") != std::string::npos);
  CHECK(refusal("\"a\xed\xa0\x80\"").find("not valid UTF-8") != std::string::npos);
  const result<term> failed = parse_term("[1, %c\n}");
  CHECK(failed.error().code() == errc::bad_text);
  CHECK(failed.error().offset() == 7);
  CHECK(name_of(errc::bad_text) == "the text is no Erlang term");
}

TEST_CASE("a key that stands twice is refused, and the sentence says in which map") {
  CHECK(refusal("[#{},\n {#{a => 1, b => 2, a => 3}}]") ==
        "the map has the same key twice (line 2, column 3)");
  CHECK(refusal_code("#{1 => a, 1 => b}") == errc::duplicate_key);
  CHECK(refusal_code("#{1 => a, 1.0 => b}") == errc::none);
  CHECK(refusal("#m:r{a = 1, a = 2}").starts_with("the record has the same field twice"));
}

TEST_CASE("native records are read as they are printed") {
  const term record = bare("43 00000002 01 77036d6f64 7703726563 770161 7703622063 6101 6102"_hex);
  CHECK(parsed("#mod:rec{a = 1, 'b c' = 2}") == record);
  CHECK(parsed("#mod:rec{a = 1,'b c' = 2}.") == record);
  const term nested = parsed("#m:r{a = #m:s{b = {1}, c = []}, d = #m:t{e = f}, g = #m:u{}}");
  CHECK(nested.to_string() == "#m:r{a = #m:s{b = {1},c = []},d = #m:t{e = f},g = #m:u{}}");
}

TEST_CASE("a text cut anywhere is refused or a term of its own") {
  std::size_t refused = 0;
  for (const term_vector& line : term_vectors("29")) {
    if (line.text.size() > 2000) continue;
    for (std::size_t size = 0; size < line.text.size(); ++size) {
      const result<term> value = parse_term(std::string_view(line.text).substr(0, size));
      if (!value) {
        ++refused;
        CHECK(!value.error().message().empty());
        CHECK(value.error().offset() <= size);
      }
    }
  }
  CHECK(refused > 10'000);
}

TEST_CASE("ten million levels are read, or refused by the limit of depth") {
  const std::string lists = std::string(deep_levels, '[') + std::string(deep_levels, ']');
  const term deep = parsed(lists);
  CHECK(deep.is_list());
  CHECK(refusal_code(std::string(deep_levels, '[')) == errc::bad_text);
  CHECK(refusal_code(std::string(deep_levels, '{')) == errc::bad_text);
  CHECK(refusal_code(std::string(deep_levels, '(')) == errc::bad_text);
  CHECK(refusal_code(std::string(2 * deep_levels, '<')) == errc::bad_text);
  CHECK(refusal_code(lists, {.depth = 1000}) == errc::too_deep);
  CHECK(refusal("\n[[[1]]]", {.depth = 2}) ==
        "the term is nested too deeply, at '1' (line 2, column 4)");
  std::string records;
  for (int i = 0; i < 100'000; ++i) records += "#m:r{a = ";
  records += "1" + std::string(100'000, '}');
  CHECK(parsed(records).is_record());
}

TEST_CASE("limits hold") {
  CHECK(refusal_code("[1, 2, 3]", {.elements = 3}) == errc::too_large);
  CHECK(refusal_code("\"abcdef\"", {.elements = 3}) == errc::too_large);
  CHECK(refusal_code("[1, 2]", {.elements = 3}) == errc::none);
  CHECK(refusal_code("[this_atom_is_new_1, this_atom_is_new_2]", {.new_atoms = 1}) ==
        errc::too_many_atoms);
  CHECK(refusal("[ok,\n this_atom_is_new_3]", {.new_atoms = 0}) ==
        "no more atoms may be created (line 2, column 2)");
  CHECK(refusal_code("<<0:99999999999>>") == errc::too_large);
  CHECK(refusal_code("<<0:18446744073709551616>>") == errc::too_large);
  CHECK(refusal_code("<<0:281474976710656/unit:256>>") == errc::too_large);
  CHECK(refusal_code("[<<0:800>>, <<0:800>>]", {.inflated = 150}) == errc::too_large);
  CHECK(refusal_code("[<<0:800>>, <<0:800>>]", {.inflated = 300}) == errc::none);
  CHECK(refusal_code("'" + std::string(256, 'a') + "'") == errc::atom_too_long);
}

TEST_CASE("huge integers are read in bases that take linear time, and up to 100,000 digits else") {
  const std::string digits(100'000, '7');
  CHECK(parsed(digits) == term::from(big_integer::parse(digits).value()));
  CHECK(refusal_code(digits + "7") == errc::too_large);
  CHECK(refusal_code("3#" + std::string(100'001, '2')) == errc::too_large);
  CHECK(parsed("-16#" + std::string(1'000'000, 'F')).as_big()->magnitude.size() == 500'000);
  CHECK(parsed("16#1" + std::string(1'000'000, '0')).to_string().size() == 1'000'004);
  constexpr std::size_t many = 20'000'000;
  CHECK(refusal_code("16#" + std::string(many, 'F')) == errc::too_large);
  CHECK(parsed("16#" + std::string(many, '0') + "1") == term::from(1));
}

TEST_CASE("floats beyond the largest are refused, those below the smallest are zero") {
  CHECK(refusal("1.0e999999999999").starts_with("this float is out of range"));
  CHECK(refusal("1.0e309").starts_with("this float is out of range"));
  CHECK(refusal(std::string(400, '9') + ".0").starts_with("this float is out of range"));
  CHECK(parsed("1.0e-999999999999") == term::from(0.0));
  CHECK(parsed("-1.0e-400") == term::from(-0.0));
  CHECK(parsed("0." + std::string(400, '0') + "1") == term::from(0.0));
  CHECK(parsed("0." + std::string(400, '0') + "1e401") == term::from(1.0));
  CHECK(parsed("0." + std::string(400, '0') + "1e+5") == term::from(0.0));
  CHECK(parsed("0.0e999999999999999999999999") == term::from(0.0));
  CHECK(refusal("0" + std::string(400, '9') + ".0").starts_with("this float is out of range"));
  CHECK(refusal(std::string(400, '9') + ".0e-1").starts_with("this float is out of range"));
}

TEST_CASE("no text takes time that grows with its square") {
  const std::string lines(deep_levels, '\n');
  const std::string white(deep_levels, ' ');
  CHECK(parsed("\"\"\"\n" + lines + white + "\"\"\"").size() == deep_levels - 1);
  CHECK(refusal_code(std::string(deep_levels, '"')) == errc::bad_text);
  CHECK(refusal_code(white + lines + "~") == errc::bad_text);
}

TEST_CASE("whatever mutated texts are read as is printed and read back") {
  std::vector<std::string> texts;
  for (const term_vector& line : term_vectors("29")) {
    if (line.text.size() < 300) texts.push_back(line.text);
  }
  for (const std::vector<std::string>& line : vector_lines("erl_parse29.txt", 2)) {
    if (line[1].size() < 300) texts.push_back(unescaped(line[1]));
  }
  std::mt19937 random(20240229);  // NOLINT(bugprone-random-generator-seed): repeatable
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  constexpr std::string_view pieces = "[]{}()<>#,|/:=-+.'\"$\\%~_ \n10aZ@\xc3\xa9\x80";
  const limits bounds{.inflated = 100'000, .new_atoms = 1};
  std::size_t accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = texts[below(texts.size())];
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.insert(at, 1, pieces[below(pieces.size())]); break;
        case 1: text.erase(at, 1 + below(3)); break;
        case 2: text.insert(at, texts[below(texts.size())]); break;
        default:
          if (at < text.size()) text[at] = pieces[below(pieces.size())];
      }
    }
    const result<term> value = parse_term(text, bounds);
    if (!value) {
      if (value.error().message().empty()) FAIL_CHECK(text);
      continue;
    }
    ++accepted;
    const result<term> again = parse_term(value->to_string());
    if (!again || !(*again == *value)) FAIL_CHECK(text);
  }
  CHECK(accepted > 10'000);
}
