#include <doctest/doctest.h>
#include <beamnode/etf/elixir_text.hpp>

#include <algorithm>

#include "support/deep.hpp"
#include "support/vectors.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// %{__struct__: module, b: 2, a: 1}
term struct_of(const byte_string& module) {
  return bare("7400000003 770a"_hex, "__struct__", module, "770162 6102 770161 6101"_hex);
}

}  // namespace

TEST_CASE("text is what inspect of Elixir 1.20 writes") {
  const auto lines = vector_lines("inspect.txt", 6);
  CHECK(lines.size() > 450);
  for (const std::vector<std::string>& line : lines) {
    const byte_string bytes = from_hex(line[0]);
    elixir_options options{.line_width = std::stoul(line[1])};
    if (line[2] != "-1") options.limit = std::stoul(line[2]);
    options.structs = line[3] == "1";
    const byte_string text = from_hex(line[4]);
    const result<term> value = term::decode(bytes);
    REQUIRE(value.has_value());
    INFO(line[5]);
    CHECK(elixir_text(*value, options) == std::string(text.begin(), text.end()));
  }
}

TEST_CASE("structs need no module, and keep the order of their encoding") {
  const term point = struct_of(bytes_of("7710"_hex, "Elixir.Geo.Point"));
  CHECK(elixir_text(point) == "%Geo.Point{b: 2, a: 1}");
  CHECK(elixir_text(point, {.line_width = 10}) == "%Geo.Point{\n  b: 2,\n  a: 1\n}");
  CHECK(elixir_text(point, {.structs = false}) == "%{__struct__: Geo.Point, b: 2, a: 1}");
}

TEST_CASE("what only looks like a struct is written as the map it is") {
  CHECK(elixir_text(struct_of("7703 6e696c"_hex)) == "%{__struct__: nil, b: 2, a: 1}");
  CHECK(elixir_text(struct_of("6101"_hex)) == "%{__struct__: 1, b: 2, a: 1}");
  const term other_keys =
      bare("7400000002 770a"_hex, "__struct__", "770a"_hex, "Elixir.Foo", "6101 6102"_hex);
  CHECK(elixir_text(other_keys) == "%{:__struct__ => Foo, 1 => 2}");
}

TEST_CASE("known structs with the wrong fields are written field by field") {
  CHECK(elixir_text(struct_of(bytes_of("770c"_hex, "Elixir.Range"))) == "%Range{b: 2, a: 1}");
  CHECK(elixir_text(struct_of(bytes_of("770d"_hex, "Elixir.MapSet"))) == "%MapSet{b: 2, a: 1}");
  CHECK(elixir_text(struct_of(bytes_of("770b"_hex, "Elixir.Date"))) == "%Date{b: 2, a: 1}");
  const term date =
      bare("7400000005 770a"_hex, "__struct__", "770b"_hex, "Elixir.Date", "7708"_hex, "calendar",
           "7713"_hex, "Elixir.Calendar.ISO", "7704"_hex, "year", "6d00000001 31"_hex, "7705"_hex,
           "month", "6101"_hex, "7703"_hex, "day", "6101"_hex);
  CHECK(elixir_text(date) == "%Date{calendar: Calendar.ISO, year: \"1\", month: 1, day: 1}");
}

TEST_CASE("identifiers are written with the name of their node, funs without a function") {
  CHECK(elixir_text(bare("58 770d"_hex, "city@10.0.0.1", "00000005 00000000 00000007"_hex)) ==
        "#PID<city@10.0.0.1.5.0>");
  CHECK(elixir_text(bare("78 7703614068 0000000100000000 00000007"_hex)) ==
        "#Port<a@h.4294967296>");
  CHECK(elixir_text(bare("5a0003 7703614068 00000007 00000001 00000002 00000003"_hex)) ==
        "#Reference<a@h.3.2.1>");
  CHECK(elixir_text(bare("70 00000000 02 000102030405060708090a0b0c0d0e0f 00000007 00000001"_hex,
                         "77036d6f64 6103 62ffffffff 58 7700 00000001 00000002 00000003 6a"_hex)) ==
        "#Function<7.-1/2 in :mod>");
}

TEST_CASE("bytes that are not valid UTF-8 are numbers") {
  CHECK(elixir_text(bare("6d00000003 61 ff 62"_hex)) == "<<97, 255, 98>>");
  CHECK(elixir_text(bare("6d00000003 eda080"_hex)) == "<<237, 160, 128>>");
  CHECK(elixir_text(bare("6d00000001 c3"_hex)) == "<<195>>");
}

TEST_CASE("a limit counts what is inside as well") {
  const term list = bare("6c00000003 6c00000002 770162 770163 6a 770164 770165 6a"_hex);
  CHECK(elixir_text(list) == "[[:b, :c], :d, :e]");
  CHECK(elixir_text(list, {.limit = 0}) == "[...]");
  CHECK(elixir_text(list, {.limit = 1}) == "[[...], ...]");
  CHECK(elixir_text(list, {.limit = 2}) == "[[:b, ...], ...]");
  CHECK(elixir_text(list, {.limit = 4}) == "[[:b, :c], :d, ...]");
  CHECK(elixir_text(list, {.limit = 5}) == "[[:b, :c], :d, :e]");
}

TEST_CASE("text is cut at its limit, at a character, with three dots at the end") {
  const term umlauts = bare("6d0000000a"_hex, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
  CHECK(elixir_text(umlauts, {.max_bytes = 12}) == "\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"");
  CHECK(elixir_text(umlauts, {.max_bytes = 11}) == "\"\xc3\xa4\xc3\xa4\xc3\xa4...");
  CHECK(elixir_text(umlauts, {.max_bytes = 7}) == "\"\xc3\xa4...");
  CHECK(elixir_text(umlauts, {.max_bytes = 0}) == "...");
}

TEST_CASE("lines of one byte break wherever a line can end, empty containers never") {
  CHECK(elixir_text(bare("6802 6101 6102"_hex), {.line_width = 1}) == "{1,\n 2}");
  CHECK(elixir_text(bare("7400000001 770161 6102"_hex), {.line_width = 1}) == "%{\n  a: 2\n}");
  CHECK(elixir_text(bare("6800"_hex), {.line_width = 1}) == "{}");
  CHECK(elixir_text(bare("7400000000"_hex), {.line_width = 1}) == "%{}");
  CHECK(elixir_text(bare("6a"_hex), {.line_width = 1}) == "[]");
  CHECK(elixir_text(bare("6d00000000"_hex), {.line_width = 1}) == "\"\"");
}

TEST_CASE("huge integers are hexadecimal") {
  const term huge = bare("6f 00001001 01"_hex, repeated(4096, "ef"_hex), "0a"_hex);
  CHECK(elixir_text(huge).starts_with("-0xAEFEFEF"));
}

TEST_CASE("a million levels are written") {
  constexpr std::size_t levels = fewer_deep_levels;
  for (const auto* const opening : {"6801", "6802 770161", "6c00000001", "7400000001 6101"}) {
    const bool is_list = opening[1] == 'c';
    const term nested = bare(repeated(levels, from_hex(opening)), "6102"_hex,
                             repeated(is_list ? levels : 0, "6a"_hex));
    CHECK(elixir_text(nested).size() > 2 * levels);
    CHECK(elixir_text(nested, {.max_bytes = 1000}).size() == 1000);
    CHECK(elixir_text(nested, {.max_bytes = 1000, .line_width = 40}).size() == 1000);
    CHECK(elixir_text(nested, {.limit = 9}).size() < 100);
  }
}
