#include <doctest/doctest.h>
#include <beamnode/etf/parse.hpp>
#include <beamnode/etf/text.hpp>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

// What the BEAM prints is checked against the BEAM in vectors_test.cpp; here is what it cannot
// tell.

TEST_CASE("identifiers are written with the name of their node") {
  CHECK(bare("58 770d"_hex, "city@10.0.0.1", "00000005 00000000 00000007"_hex).to_string() ==
        "#Pid<city@10.0.0.1.5.0>");
  CHECK(bare("78 7703614068 0000000100000000 00000007"_hex).to_string() == "#Port<a@h.4294967296>");
  CHECK(bare("5a0003 7703614068 00000007 00000001 00000002 00000003"_hex).to_string() ==
        "#Ref<a@h.3.2.1>");
  CHECK(bare("58 770561 0a 406868"_hex, "00000005 00000000 00000007"_hex).to_string() ==
        "#Pid<'a\\n@hh'.5.0>");
}

TEST_CASE("funs are written as the BEAM does") {
  const term local = bare("70 00000000 02 000102030405060708090a0b0c0d0e0f 00000007 00000001"_hex,
                          "77036d6f64 6103 62ffffffff 58 7700 00000001 00000002 00000003 6a"_hex);
  CHECK(local.to_string() == "#Fun<mod.3.-1>");
  CHECK(bare("71 770161 770142 6103"_hex).to_string() == "fun a:'B'/3");
}

TEST_CASE("words that are reserved since OTP 27 are quoted") {
  CHECK(bare("7705"_hex, "maybe").to_string() == "'maybe'");
  CHECK(bare("7704"_hex, "else").to_string() == "'else'");
  CHECK(bare("7706"_hex, "mayben").to_string() == "mayben");
}

TEST_CASE("maps are written in the order of their encoding") {
  CHECK(bare("7400000002 6102 770161 6101 770162"_hex).to_string() == "#{2 => a,1 => b}");
}

TEST_CASE("text is cut at its limit, at a character, with three dots at the end") {
  const term list = bare("6c00000003 770561616161 61 770562626262 62 7705636363 6363 6a"_hex);
  CHECK(list.to_string() == "[aaaaa,bbbbb,ccccc]");
  CHECK(erlang_text(list, {.max_bytes = 19}) == "[aaaaa,bbbbb,ccccc]");
  CHECK(erlang_text(list, {.max_bytes = 18}) == "[aaaaa,bbbbb,cc...");
  CHECK(erlang_text(list, {.max_bytes = 10}) == "[aaaaa,...");
  CHECK(erlang_text(list, {.max_bytes = 3}) == "...");
  CHECK(erlang_text(list, {.max_bytes = 0}) == "...");
  const term umlauts = bare("6d0000000a"_hex, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
  CHECK(umlauts.to_string() == "<<\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"/utf8>>");
  CHECK(erlang_text(umlauts, {.max_bytes = 8}) == "<<\"\xc3\xa4...");
  CHECK(erlang_text(umlauts, {.max_bytes = 9}) == "<<\"\xc3\xa4...");
  CHECK(erlang_text(umlauts, {.max_bytes = 10}) == "<<\"\xc3\xa4\xc3\xa4...");
}

TEST_CASE("a bounded text of a huge term costs no more than its bound") {
  constexpr std::size_t size = 50'000'000;
  for (const char* const filling : {"x", "\x01"}) {
    const term blob =
        bare("6d"_hex, big(static_cast<std::uint32_t>(size)), std::string(size, filling[0]));
    const std::string text = erlang_text(blob, {.max_bytes = 50});
    CHECK(text.size() == 50);
    CHECK(text.capacity() < 1000);
  }
}

TEST_CASE("integers are written in decimal, huge ones in hexadecimal") {
  CHECK(bare("6e0901 000000000000000001"_hex).to_string() == "-18446744073709551616");
  CHECK(bare("6e0800 ffffffffffffffff"_hex).to_string() == "18446744073709551615");
  const term limit = bare("6f 00001000 00"_hex, repeated(4095, "00"_hex), "01"_hex);
  CHECK(limit.to_string().size() == 9862);  // 2 ** 32760
  CHECK(limit.to_string().find("16#") == std::string::npos);
  const term beyond = bare("6f 00001001 01"_hex, repeated(4096, "ef"_hex), "0a"_hex);
  CHECK(beyond.to_string().starts_with("-16#AEFEFEF"));
  CHECK(beyond.to_string().size() == 1 + 3 + 1 + 2 * 4096);
}

TEST_CASE("a BEAM without +pc unicode takes other characters than Latin-1's for no text") {
  const term value = parse_term(
                         "{\"\u65e5\u672c\", \"gr\u00f6\u00dfe\", <<\"\u65e5\u672c\"/utf8>>,"
                         " <<\"gr\u00f6\u00dfe\"/utf8>>, <<\"gr\u00f6\">>}")
                         .value();
  const auto text = [&](std::size_t width, std::size_t depth) {
    return erlang_text(value,
                       {.line_width = width, .depth = depth, .printable = printable_range::latin1});
  };
  constexpr auto all = static_cast<std::size_t>(-1);
  CHECK(text(0, all) ==
        "{[26085,26412],\"gr\u00f6\u00dfe\",<<230,151,165,230,156,172>>,"
        "<<\"gr\u00f6\u00dfe\"/utf8>>,<<\"gr\u00f6\">>}");
  CHECK(text(12, all) ==
        "{[26085,\n  26412],\n \"gr\u00f6\u00dfe\",\n <<230,151,\n   165,230,\n   156,172>>,\n"
        " <<\"gr\u00f6\u00dfe\"/utf8>>,\n <<\"gr\u00f6\">>}");
  CHECK(erlang_text(value).starts_with("{\"\u65e5\u672c\","));
}
