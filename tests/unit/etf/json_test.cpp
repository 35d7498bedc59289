#include <beamnode/etf/build.hpp>
#include <beamnode/etf/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "support/vectors.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace beamnode::test;
using etf::errc;
using etf::json_options;
using etf::list;
using etf::map;
using etf::term;

namespace {

constexpr auto lossless = [] { return json_options{.lossless = true}; };

std::string json(const term& value, const json_options& options = {}) {
  const etf::result<std::string> text = etf::to_json(value, options);
  return text ? *text : text.error().message();
}
std::string erlang(std::string_view text, const json_options& options = {}) {
  const etf::result<term> value = etf::from_json(text, options);
  return value ? value->to_string() : value.error().message();
}
errc code_of(std::string_view text, const json_options& options = {}) {
  const etf::result<term> value = etf::from_json(text, options);
  return value ? errc::none : value.error().code();
}
term decoded(const byte_string& bytes) { return term::decode(bytes).value(); }

}  // namespace

TEST_CASE("terms are written as OTP's json:encode/1 does") {
  CHECK(json("true"_atom) == "true");
  CHECK(json("false"_atom) == "false");
  CHECK(json("null"_atom) == "null");
  CHECK(json("ok"_atom) == "\"ok\"");
  CHECK(json(term::from(-7)) == "-7");
  CHECK(json(term::from(etf::big_integer::parse("1180591620717411303424").value())) ==
        "1180591620717411303424");
  CHECK(json(term::from(1.0e20)) == "1.0e20");
  CHECK(json(term::from(-0.0)) == "-0.0");
  CHECK(json(term::from(1.0e-7)) == "1.0e-7");
  CHECK(json(term::from(123456789012.0)) == "123456789012.0");
  CHECK(json(term::from("a/\"\\\n\x7f\x01\xe2\x80\xa8")) ==
        "\"a/\\\"\\\\\\n\x7f\\u0001\xe2\x80\xa8\"");
  CHECK(json(term::from("\x1f\v\b\f\n\r\t")) == "\"\\u001F\\u000B\\b\\f\\n\\r\\t\"");
  CHECK(json(term::from(etf::charlist{"abc"})) == "[97,98,99]");
  CHECK(json(list(1, list(), list(2.5, "x"))) == "[1,[],[2.5,\"x\"]]");
  CHECK(json(map("a"_atom, "b"_atom)) == "{\"a\":\"b\"}");
  CHECK(json(map(1, map(2.5, 1))) == "{\"1\":{\"2.5\":1}}");
  CHECK(json(map("x", map())) == "{\"x\":{}}");
}

TEST_CASE("nil is null, and a struct has no module, as in Elixir") {
  CHECK(json("nil"_atom) == "null");
  CHECK(json(map("__struct__"_atom, "Elixir.Geo.Point"_atom, "x"_atom, 1)) == "{\"x\":1}");
  CHECK(json(map("__struct__"_atom, 1)) == "{\"__struct__\":1}");
}

TEST_CASE("what has no plain JSON is refused by its path") {
  CHECK(json(map("items"_atom, list(1, map("b", etf::tuple(1, 2))))) ==
        "at .items[1][\"b\"]: a tuple has no JSON");
  CHECK(json(list(etf::tuple("a"_atom, 1))) == "at [0]: a tuple has no JSON");
  CHECK(json(decoded("83 6c00000001 6101 6102"_hex)) == "an improper list has no JSON");
  CHECK(json(decoded("83 6d00000001ff"_hex)) == "a binary that is not UTF-8 has no JSON");
  CHECK(json(decoded("83 4d0000000101 80"_hex)) == "a bit string has no JSON");
  CHECK(json(term::from(etf::pid{"a@b"_atom, 1, 2, 3})) == "a pid has no JSON");
  CHECK(json(map(list(1), 1)) ==
        "at [...]: a key is an atom, a binary or a number in JSON, not a list");
  CHECK(etf::to_json(decoded("83 6d00000001ff"_hex)).error().code() == errc::invalid_utf8);
}

TEST_CASE("JSON is read as terms") {
  CHECK(erlang("null") == "nil");
  CHECK(erlang("null", {.null = "null"_atom}) == "null");
  CHECK(erlang(" [true , false] ") == "[true,false]");
  CHECK(erlang("[-1, 0, 300, 18446744073709551615]") == "[-1,0,300,18446744073709551615]");
  CHECK(erlang("-9223372036854775808") == "-9223372036854775808");
  CHECK(erlang("[100000000000000000000000, -100000000000000000000000]") ==
        "[100000000000000000000000,-100000000000000000000000]");
  CHECK(erlang("[1.0, 1e5, -0.0, 1E-2, 0.1]") == "[1.0,1.0e5,-0.0,0.01,0.1]");
  CHECK(erlang("1e-400") == "0.0");
  CHECK(erlang("-1e-400") == "-0.0");
  CHECK(erlang("{\"a\":{\"b\":[]},\"c\":\"\\u00e9\\ud83d\\ude00\"}") ==
        "#{<<\"a\">> => #{<<\"b\">> => []},<<\"c\">> => <<\"\xc3\xa9\xf0\x9f\x98\x80\"/utf8>>}");
  CHECK(erlang("{}") == "#{}");
}

TEST_CASE("integers of up to 4,900 digits are read") {
  const std::string digits(4900, '7');
  CHECK(json(etf::from_json(digits).value()) == digits);
  CHECK(code_of(std::string(6000, '7')) == errc::bad_json);
}

TEST_CASE("keys may be atoms, if there are such") {
  static_cast<void>(etf::atom("error"));
  CHECK(erlang("{\"ok\":{\"error\":1}}", {.keys = etf::json_keys::existing_atoms}) ==
        "#{ok => #{error => 1}}");
  const std::size_t before = etf::atom::count();
  CHECK(erlang("{\"ok\":[{\"unheard_of_key\":1}]}", {.keys = etf::json_keys::existing_atoms}) ==
        "at .ok[0]: the process has no atom 'unheard_of_key'");
  CHECK(etf::atom::count() == before);
}

TEST_CASE("what is no JSON is refused where it ceases to be") {
  for (const std::string_view text :
       {"",       " ",           "[1,]", "[1",       "{\"a\"}", "{a:1}", "\"\\x\"",
        "01",     "+1",          "1.",   ".5",       "nul",     "[] []", "\"\xff\"",
        "\"\n\"", "\"\\ud800\"", "NaN",  "Infinity", "'a'",     "[1]x",  "//\n1"}) {
    CAPTURE(text);
    CHECK(code_of(text) == errc::bad_json);
  }
  const etf::error why = etf::from_json("{\"a\":[1,tru]}").error();
  CHECK(why.path() == "[\"a\"][0]");
  CHECK(why.offset() == 11);
  CHECK(why.message().find("the text is no JSON: line 1, column 12") != std::string::npos);
  CHECK(etf::from_json("\"" + std::string(10000, 'x')).error().message().size() < 400);
}

TEST_CASE("numbers that no float holds are refused") {
  CHECK(erlang("[1e400]") == "at [0]: no float holds the number '1e400'");
  CHECK(code_of("[-1e400]") == errc::out_of_range);
  CHECK(code_of("1e99999") != errc::none);
}

TEST_CASE("an object with the same key twice is refused") {
  CHECK(erlang("[{\"a\":1,\"b\":1,\"a\":2}]") == "at [0]: the map has the same key twice");
}

TEST_CASE("what JSON may allocate is bounded") {
  CHECK(code_of("[[[1]]]", {.bounds = {.depth = 2}}) == errc::too_deep);
  CHECK(code_of("[[1]]", {.bounds = {.depth = 2}}) == errc::none);
  CHECK(code_of("[1,2,3]", {.bounds = {.elements = 3}}) == errc::too_large);
  CHECK(code_of("[{\"$atom\":\"unheard_of_atom\"}]",
                {.lossless = true, .bounds = {.new_atoms = 0}}) == errc::too_many_atoms);
}

TEST_CASE("nesting of any depth is written and read") {
  constexpr std::size_t levels = 1'000'000;
  const std::string text = std::string(levels, '[') + std::string(levels, ']');
  const term value = etf::from_json(text).value();
  CHECK(etf::to_json(value).value() == text);
  std::string objects;
  for (std::size_t i = 0; i < 100'000; ++i) objects += "{\"a\":[";
  for (std::size_t i = 0; i < 100'000; ++i) objects += "]}";
  CHECK(etf::to_json(etf::from_json(objects).value()).value() == objects);
  byte_string tuples{131};
  for (std::size_t i = 0; i < levels; ++i) {
    tuples.push_back(104);
    tuples.push_back(1);
  }
  tuples.push_back(106);
  const term nested = term::decode(tuples).value();
  CHECK(etf::from_json(etf::to_json(nested, lossless()).value(), lossless()).value() == nested);
}

TEST_CASE("lossless JSON is readable") {
  const auto text = [](const term& value) { return json(value, lossless()); };
  CHECK(text("ok"_atom) == R"({"$atom":"ok"})");
  CHECK(text("nil"_atom) == "null");
  CHECK(text("null"_atom) == R"({"$atom":"null"})");
  CHECK(text("true"_atom) == "true");
  CHECK(text(term::from(etf::tuple(1, "a", list()))) == R"({"$tuple":[1,"a",[]]})");
  CHECK(text(decoded("83 6c00000001 6101 6102"_hex)) == R"({"$list":[[1],2]})");
  CHECK(text(decoded("83 6d00000001ff"_hex)) == R"({"$binary":"/w=="})");
  CHECK(text(decoded("83 4d0000000103 a0"_hex)) == R"({"$bits":["oA==",3]})");
  CHECK(text(map("a", 1)) == R"({"a":1})");
  CHECK(text(map("a"_atom, list(1))) == R"({"$map":[[{"$atom":"a"},[1]]]})");
  CHECK(text(map("$a", 1)) == R"({"$map":[["$a",1]]})");
  CHECK(text(term::from(etf::big_integer::parse("18446744073709551616").value())) ==
        R"({"$integer":"18446744073709551616"})");
  CHECK(text(term::from(etf::pid{"a@b"_atom, 1, 2, 3})) == R"({"$pid":["a@b",1,2,3]})");
  CHECK(text(term::from(etf::port{"a@b"_atom, 3, 5})) == R"({"$port":["a@b",5,3]})");
  CHECK(text(term::from(etf::reference{"a@b"_atom, 7, {1, 2, 3}, 3})) ==
        R"({"$reference":["a@b",7,[1,2,3]]})");
  CHECK(text(decoded("83 43 00000001 01 77016d 770172 770161 6101"_hex)) ==
        R"({"$record":[true,"m","r",["a"],[1]]})");
}

TEST_CASE("every term of the vectors is the same after a turn through lossless JSON") {
  for (const std::string release : {"25", "27", "29"}) {
    for (const term_vector& line : term_vectors(release)) {
      const term value = term::decode(line.bytes).value();
      CAPTURE(line.expression);
      const etf::result<std::string> text = etf::to_json(value, lossless());
      REQUIRE(text.has_value());
      CAPTURE(*text);
      const etf::result<term> back = etf::from_json(*text, lossless());
      CHECK((back ? "" : back.error().message()) == "");
      if (back) CHECK(*back == value);
      if (back) CHECK(back->encode() == value.encode());
    }
  }
}

TEST_CASE("marks that mean nothing are refused by their path") {
  CHECK(erlang(R"([{"$unknown":1}])", lossless()) == "at [0]: the key '$unknown' means nothing");
  CHECK(erlang(R"({"a":{"$atom":1}})", lossless()) ==
        "at [\"a\"][\"$atom\"]: this is not what $atom takes");
  for (const std::string_view text : {R"({"$atom":"a","b":1})",
                                      R"({"$atom":"a","$atom":"b"})",
                                      R"({"$tuple":1})",
                                      R"({"$tuple":{"$list":[[1],2]}})",
                                      R"({"$list":[[1]]})",
                                      R"({"$list":[1,2]})",
                                      R"({"$list":[[1],2,3]})",
                                      R"({"$map":[[1]]})",
                                      R"({"$map":[[1,2,3]]})",
                                      R"({"$map":[1]})",
                                      R"({"$map":{}})",
                                      R"({"$binary":"a"})",
                                      R"({"$binary":"/x=="})",
                                      R"({"$binary":"===="})",
                                      R"({"$bits":["oA==",9]})",
                                      R"({"$bits":["oA==",0]})",
                                      R"({"$bits":["",1]})",
                                      R"({"$bits":["oA=="]})",
                                      R"({"$bits":[]})",
                                      R"({"$bits":"oA=="})",
                                      R"({"$integer":"x"})",
                                      R"({"$integer":5})",
                                      R"({"$pid":["a@b",1,2]})",
                                      R"({"$pid":["a@b",1,2,-3]})",
                                      R"({"$pid":["a@b",1,2,4294967296]})",
                                      R"({"$pid":[[1],1,2,3]})",
                                      R"({"$reference":["a@b",1,[1,2,3,4,5,6]]})",
                                      R"({"$fun":["m","f",256]})",
                                      R"({"$external":"/w=="})",
                                      R"({"$external":"YQFhAQ=="})",
                                      R"({"$external":5})",
                                      R"({"$record":[]})",
                                      R"({"$record":[true,"m","r",["a"],[]]})",
                                      R"({"$record":[true,"m","r",[1],[1]]})",
                                      R"({"$record":[true,"m","r",[{"a":1}],[1]]})",
                                      R"({"$record":[1,"m","r",[],[]]})",
                                      R"({"$record":[true,1,"r",[],[]]})",
                                      R"({"$record":[true,"m",null,[],[]]})",
                                      R"({"$record":[true,"m","r",[],[],1]})",
                                      R"({"$record":["true","m","r",[],[]]})",
                                      R"({"$record":[{},"m","r",[],[]]})"}) {
    CAPTURE(text);
    CHECK(code_of(text, lossless()) != errc::none);
  }
  CHECK(code_of(R"({"$tuple":[]})", lossless()) == errc::none);
  CHECK(code_of(R"({"$map":[]})", lossless()) == errc::none);
  CHECK(code_of(R"({"$list":[[],2]})", lossless()) == errc::none);
  CHECK(code_of(R"({"a":1,"$b":2})", lossless()) == errc::none);
  CHECK(code_of(R"({"$unknown":1})") == errc::none);
  CHECK(code_of("{\"$atom\":\"" + std::string(256, 'x') + "\"}", lossless()) ==
        errc::atom_too_long);
  CHECK(code_of("{\"$atom\":\"" + std::string(70'000, 'x') + "\"}", lossless()) ==
        errc::atom_too_long);
}

TEST_CASE("no cut of a lossless text is accepted or does harm") {
  const std::string whole =
      R"({"$map":[[{"$atom":"a"},{"$record":[true,"m","r",["a"],[{"$list":[[1.5],{"$bits":["oA==",3]}]}]]}]]})";
  CHECK(code_of(whole, lossless()) == errc::none);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(code_of(std::string_view(whole).substr(0, size), lossless()) == errc::bad_json);
  }
}
