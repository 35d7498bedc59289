#include <doctest/doctest.h>
#include <beamnode/etf/text.hpp>

#include <algorithm>

#include "support/deep.hpp"
#include "support/vectors.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

std::string wide(const term& value, std::size_t width) {
  return erlang_text(value, {.line_width = width});
}

std::string deep(const term& value, std::size_t depth) {
  return erlang_text(value, {.depth = depth});
}

term list_of_ints(std::uint32_t count) {
  return bare("6c"_hex, big(count), repeated(count, "62000003e8"_hex), "6a"_hex);
}

}  // namespace

TEST_CASE("lines break and depths cut where OTP 29's do") {
  const auto lines = vector_lines("pretty.txt", 4);
  CHECK(lines.size() > 500);
  for (const std::vector<std::string>& line : lines) {
    const byte_string bytes = from_hex(line[0]);
    const byte_string text = from_hex(line[3]);
    const result<term> value = term::decode(bytes);
    REQUIRE(value.has_value());
    text_limits bounds{.line_width = std::stoul(line[1])};
    if (line[2] != "-1") bounds.depth = std::stoul(line[2]);
    INFO(line[0]);
    CHECK(erlang_text(*value, bounds) == std::string(text.begin(), text.end()));
  }
}

TEST_CASE("without a width everything is on one line, with a depth too") {
  const term list = bare("6c00000003 770161 6c00000002 770162 770163 6a 770164 6a"_hex);
  CHECK(list.to_string() == "[a,[b,c],d]");
  CHECK(deep(list, 0) == "...");
  CHECK(deep(list, 1) == "[...]");
  CHECK(deep(list, 2) == "[a|...]");
  CHECK(deep(list, 3) == "[a,[...]|...]");
  CHECK(deep(list, 4) == "[a,[b|...],d]");
  CHECK(deep(list, 5) == "[a,[b,c],d]");
}

TEST_CASE("what is no container is written whole at any depth but none") {
  CHECK(deep(bare("770161"_hex), 1) == "a");
  CHECK(deep(bare("770161"_hex), 0) == "...");
  CHECK(deep(bare("6a"_hex), 1) == "[]");
  CHECK(deep(bare("6800"_hex), 1) == "{}");
  CHECK(deep(bare("7400000000"_hex), 1) == "#{}");
  CHECK(deep(bare("6d00000000"_hex), 1) == "<<>>");
  CHECK(deep(bare("6d00000001 61"_hex), 1) == "<<...>>");
  CHECK(deep(bare("6801 6101"_hex), 1) == "{...}");
  CHECK(deep(bare("7400000001 6101 6102"_hex), 1) == "#{...}");
}

TEST_CASE("four characters of a binary count as one level") {
  const term text = bare("6d0000000a"_hex, "abcdefghij");
  CHECK(deep(text, 2) == R"(<<"abcd"...>>)");
  CHECK(deep(text, 3) == R"(<<"abcdefgh"...>>)");
  CHECK(deep(text, 4) == R"(<<"abcdefghij">>)");
  const term umlauts = bare("6d00000006"_hex, "\xc3\xa4\xc3\xa4\xc3\xa4");
  CHECK(deep(umlauts, 2) == "<<\"\xc3\xa4\xc3\xa4\xc3\xa4\"/utf8>>");
  const term broken = bare("6d00000005 61 ff 00 62 63"_hex);
  CHECK(deep(broken, 2) == "<<\"a\xc3\xbf\"...>>");
  CHECK(deep(broken, 4) == "<<97,255,0,...>>");
}

TEST_CASE("a line of one character breaks wherever a line can end") {
  CHECK(wide(bare("6802 6101 6102"_hex), 1) == "{1,\n 2}");
  CHECK(wide(bare("6802 770161 6102"_hex), 1) == "{a,\n 2}");
  CHECK(wide(bare("7400000001 6101 6102"_hex), 1) == "#{1 =>\n      2}");
  CHECK(wide(bare("6c00000001 6101 6102"_hex), 1) == "[1|\n 2]");
  CHECK(wide(bare("770161"_hex), 1) == "a");
  CHECK(wide(bare("6a"_hex), 1) == "[]");
  CHECK(wide(bare("6800"_hex), 1) == "{}");
}

TEST_CASE("the widest line there can be is one line") {
  const term list = list_of_ints(1000);
  CHECK(wide(list, static_cast<std::size_t>(-1)) == list.to_string());
  CHECK(erlang_text(list, {.depth = 0xFFFF'FFFFU}) == list.to_string());
  CHECK(erlang_text(list, {.depth = 0x1'0000'0003U}) == list.to_string());
}

TEST_CASE("broken text is cut at its limit too, at a character") {
  const term list = bare("6c00000003 770561616161 61 770562626262 62 7705636363 6363 6a"_hex);
  CHECK(erlang_text(list, {.line_width = 8}) == "[aaaaa,\n bbbbb,\n ccccc]");
  for (std::size_t most = 3; most < 23; ++most) {
    const std::string whole = wide(list, 8);
    CHECK(erlang_text(list, {.max_bytes = most, .line_width = 8}) ==
          whole.substr(0, most - 3) + "...");
  }
  const term umlauts =
      bare("6c00000002 6101 6d0000000a"_hex, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", "6a"_hex);
  CHECK(wide(umlauts, 5) == "[1,\n <<\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"/utf8>>]");
  CHECK(erlang_text(umlauts, {.max_bytes = 13, .line_width = 5}) == "[1,\n <<\"\xc3\xa4...");
  CHECK(erlang_text(umlauts, {.max_bytes = 14, .line_width = 5}) == "[1,\n <<\"\xc3\xa4...");
}

TEST_CASE("a million levels are broken into lines, as far as the text may go") {
  constexpr std::size_t levels = fewer_deep_levels;
  for (const auto* const opening : {"6801", "6802 770161", "6c00000001", "7400000001 6101"}) {
    const bool is_list = opening[0] == '6' && opening[1] == 'c';
    const term nested = bare(repeated(levels, from_hex(opening)), "6102"_hex,
                             repeated(is_list ? levels : 0, "6a"_hex));
    CHECK(erlang_text(nested, {.max_bytes = 1000, .line_width = 40}).size() == 1000);
    CHECK(erlang_text(nested, {.max_bytes = 1000, .line_width = 40, .depth = 9}).size() < 1000);
    CHECK(erlang_text(nested, {.max_bytes = 1000, .depth = 2'000'000}).size() == 1000);
  }
}

TEST_CASE("bits that are no bytes and bytes that are no text break between their numbers") {
  CHECK(wide(bare("4d00000003 03 010220"_hex), 1) == "<<1,2,1:3>>");
  const term bytes = bare("6d00000008 ff00ff00ff00ff00"_hex);
  CHECK(wide(bytes, 12) == "<<255,0,\n  255,0,\n  255,0,\n  255,0>>");
}
