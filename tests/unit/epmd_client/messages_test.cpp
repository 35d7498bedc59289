#include <beamnode/epmd_client/messages.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"

namespace beamnode {
namespace {

using namespace test;
using epmd::errc;
using epmd::stream;

// PORT2_RESP of OTP 25's epmd for a node `gold` on port 45371.
const byte_string gold = bytes_of("7700b13b4d00000600050004"_hex, "gold", "0000"_hex);

template <class Request>
errc refusal(const Request& request, const byte_string& reply, stream state) {
  const auto read = request.parse(reply, state);
  REQUIRE(!read);
  CHECK(!read.error().message().empty());
  return read.error().code();
}

TEST_CASE("a name is 1 to 255 characters without '@' or control characters") {
  CHECK(epmd::check_name("city_a"));
  CHECK(epmd::check_name("a b-c.\xC3\xA4"));
  CHECK(epmd::check_name(std::string(255, 'x')));
  std::string wide;
  for (int i = 0; i < 255; ++i) wide += "\xF0\x9F\x98\x80";
  CHECK(epmd::check_name(wide));
  for (const std::string& bad :
       {std::string(), std::string(256, 'x'), wide + "x", std::string("a@b"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7F"), std::string(1021, '\x80')}) {
    const auto checked = epmd::check_name(bad);
    REQUIRE(!checked);
    CHECK(checked.error().code() == errc::name_invalid);
  }
}

TEST_CASE("ALIVE2_REQ is as documented") {
  const epmd::alive2 request{.name = "city_a", .port = 0x1234, .type = epmd::node_type::hidden};
  CHECK(to_hex(request.encode()) ==
        to_hex(bytes_of("0013 78 1234 48 00 0006 0005 0006"_hex, "city_a", "0000"_hex)));
}

TEST_CASE("PORT_PLEASE2_REQ and NAMES_REQ are as documented") {
  CHECK(to_hex(epmd::port_please2{"city_a"}.encode()) == to_hex(bytes_of("0007 7a"_hex, "city_a")));
  CHECK(to_hex(epmd::names_request{}.encode()) == "00016e");
}

TEST_CASE("both replies to a registration are understood") {
  const epmd::alive2 request{.name = "city_a"};
  const auto wide = request.parse("76006b032ce9"_hex, stream::open);
  REQUIRE(wide);
  CHECK((*wide)->response.creation == 0x6B032CE9);
  CHECK((*wide)->size == 6);
  const auto narrow = request.parse("79000002ff"_hex, stream::open);
  REQUIRE(narrow);
  CHECK((*narrow)->response.creation == 2);
  CHECK((*narrow)->size == 4);
}

TEST_CASE("a refused registration is name_taken and names the name") {
  const epmd::alive2 request{.name = "city_a"};
  CHECK(refusal(request, "760100000063"_hex, stream::open) == errc::name_taken);
  CHECK(refusal(request, "7601"_hex, stream::closed) == errc::name_taken);
  CHECK(refusal(request, "79010063"_hex, stream::open) == errc::name_taken);
  CHECK(request.parse("760100000063"_hex, stream::open).error().message() ==
        "the name is already taken: city_a");
}

TEST_CASE("where a node listens is read from PORT2_RESP") {
  const auto read = epmd::port_please2{"gold"}.parse(gold, stream::open);
  REQUIRE(read);
  REQUIRE(*read);
  const auto& info = (*read)->response;
  CHECK(info.port == 45371);
  CHECK(info.type == 77);
  CHECK(info.protocol == 0);
  CHECK(info.highest_version == 6);
  CHECK(info.lowest_version == 5);
  CHECK(info.name == "gold");
  CHECK(info.extra.empty());
  CHECK((*read)->size == gold.size());
}

TEST_CASE("extra bytes of a registration are handed out") {
  byte_string reply = gold;
  reply.back() = 3;
  reply = bytes_of(reply, "abc");
  const auto read = epmd::port_please2{"gold"}.parse(reply, stream::open);
  REQUIRE(read);
  CHECK((*read)->response.extra == "abc");
}

TEST_CASE("a node that epmd does not know is unknown_node") {
  CHECK(refusal(epmd::port_please2{"nobody"}, "7701"_hex, stream::open) == errc::unknown_node);
}

TEST_CASE("a reply with another tag is malformed, as soon as that is there") {
  CHECK(refusal(epmd::alive2{}, "77"_hex, stream::open) == errc::malformed_reply);
  CHECK(refusal(epmd::port_please2{}, "76"_hex, stream::open) == errc::malformed_reply);
}

TEST_CASE("a reply that is cut short asks for more while open and is closed_early when closed") {
  const auto cut = [](const auto& request, const byte_string& reply) {
    for (std::size_t size = 0; size < reply.size(); ++size) {
      CAPTURE(size);
      const byte_string part(reply.begin(), reply.begin() + static_cast<std::ptrdiff_t>(size));
      const auto open = request.parse(part, stream::open);
      REQUIRE(open);
      CHECK(!*open);
      CHECK(refusal(request, part, stream::closed) == errc::closed_early);
    }
  };
  cut(epmd::alive2{}, "76006b032ce9"_hex);
  cut(epmd::alive2{}, "79000002"_hex);
  cut(epmd::port_please2{}, gold);
}

TEST_CASE("the list of names is complete when the connection ends") {
  const epmd::names_request request;
  const byte_string reply =
      bytes_of("00001111"_hex,
               "name gold at port 45371\nname a at port b at port 1\nname x at port 65535\n");
  CHECK(!*request.parse(reply, stream::open));
  const auto read = request.parse(reply, stream::closed);
  REQUIRE(read);
  const std::vector<epmd::name_entry> expected{{"gold", 45371}, {"a at port b", 1}, {"x", 65535}};
  CHECK((*read)->response == expected);
  const auto none = request.parse("00001111"_hex, stream::closed);
  REQUIRE(none);
  CHECK((*none)->response.empty());
}

TEST_CASE("a list of names that ends within a line, or has other lines, is refused") {
  const epmd::names_request request;
  const auto lines = [](const char* text) { return bytes_of("00001111"_hex, text); };
  CHECK(refusal(request, "000011"_hex, stream::closed) == errc::closed_early);
  CHECK(refusal(request, lines("name gold at port 45371"), stream::closed) == errc::closed_early);
  for (const char* bad : {"\n", "gold\n", "name gold\n", "name gold at port \n",
                          "name gold at port 65536\n", "name gold at port -1\n",
                          "name gold at port 1x\n", "name  at port 1\n", "name at port 1\n"}) {
    CAPTURE(bad);
    CHECK(refusal(request, lines(bad), stream::closed) == errc::malformed_reply);
  }
}

TEST_CASE("a list of names without end is refused before it fills the memory") {
  const byte_string flood(epmd::names_request::max_reply + 1, 'x');
  CHECK(refusal(epmd::names_request{}, flood, stream::open) == errc::malformed_reply);
}

}  // namespace
}  // namespace beamnode
