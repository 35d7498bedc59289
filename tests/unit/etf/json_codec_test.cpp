#include <beamnode/etf/build.hpp>
#include <beamnode/etf/json.hpp>
#include <beamnode/etf/json_codec.hpp>

#include <doctest/doctest.h>

#include <string>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace beamnode::test;
using etf::errc;
using nlohmann::json;

namespace {

std::string refusal(const byte_string& bytes) {
  const etf::result<json> value = etf::decode<json>(bytes);
  return value ? "it was accepted" : value.error().message();
}

}  // namespace

TEST_CASE("a json value is the term of its text, and back") {
  for (const std::string_view text :
       {"null", "true", "-1", "18446744073709551615", "1.5", "\"x\"", "[]", "{}",
        "[1,[2,[]],{\"a\":[1,\"b\",null]}]", "{\"a\":{\"b\":{}},\"c\":[300,false]}"}) {
    CAPTURE(text);
    const json value = json::parse(text);
    CHECK(etf::term::from(value) == etf::from_json(text).value());
    CHECK(etf::decode<json>(etf::encode(value)).value() == value);
    CHECK(etf::to_json(etf::term::from(value)).value() == text);
  }
}

TEST_CASE("ordered values keep the order of the encoding") {
  const auto value = nlohmann::ordered_json::parse("{\"z\":1,\"a\":2}");
  CHECK(etf::decode<nlohmann::ordered_json>(etf::encode(value)).value().dump() ==
        "{\"z\":1,\"a\":2}");
}

TEST_CASE("terms are read as to_json() writes them") {
  const etf::term value = etf::map("__struct__"_atom, "Elixir.Point"_atom, "x"_atom, "ok"_atom, 1,
                                   "null"_atom, 2.5, etf::list(1, 2));
  CHECK(value.as<json>().value() == json::parse(etf::to_json(value).value()));
}

TEST_CASE("what JSON cannot hold is refused with a sentence") {
  CHECK(refusal("836c00000001 6800 6a"_hex) ==
        "at [0]: expected what JSON can hold, got a tuple (byte 6)");
  CHECK(refusal("836d00000001ff"_hex) == "the text is not valid UTF-8 (byte 1)");
  CHECK(refusal("836c00000001 6101 6102"_hex) == "the list does not end with [] (byte 8)");
  CHECK(etf::decode<json>("836e0900000000000000000001"_hex).error().code() == errc::out_of_range);
  CHECK(etf::decode<json>("837400000001 6a 6101"_hex).error().code() == errc::wrong_type);
}

TEST_CASE("nesting of any depth is read and written") {
  byte_string bytes{131};
  for (int i = 0; i < 200'000; ++i) bytes.insert(bytes.end(), {108, 0, 0, 0, 1});
  bytes.insert(bytes.end(), 200'001, 106);
  const json value = etf::decode<json>(bytes).value();
  CHECK(etf::encode(value) == etf::byte_buffer(bytes));
}
