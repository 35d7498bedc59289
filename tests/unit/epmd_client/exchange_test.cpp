#include <beamnode/epmd_client/exchange.hpp>

#include <doctest/doctest.h>

#include "support/script.hpp"

namespace beamnode {
namespace {

using namespace test;
using epmd::alive2;
using epmd::errc;
using epmd::exchange;
using epmd::names_request;
using epmd::phase;
using epmd::port_please2;

const byte_string register_city =
    bytes_of("0013781234 4d 00 0006 0005 0006"_hex, "city_a", "0000"_hex);
const byte_string ask_gold = bytes_of("00057a"_hex, "gold");
const byte_string gold_reply = bytes_of("7700b13b4d00000600050004"_hex, "gold", "0000"_hex);

exchange<alive2> registering() { return exchange<alive2>({.name = "city_a", .port = 0x1234}); }
exchange<port_please2> asking() { return exchange<port_please2>({"gold"}); }
exchange<names_request> listing() { return exchange<names_request>({}); }

template <class Machine> auto failed_with(errc code) {
  return [code](const Machine& m) {
    CHECK(m.status() == phase::failed);
    CHECK(m.failure().code() == code);
  };
}

TEST_CASE("a registration is written once and ends with the creation") {
  script<exchange<alive2>>()
      .expect([](const auto& m) { CHECK(m.status() == phase::wants_output); })
      .expect_written(register_city)
      .expect([](const auto& m) { CHECK(m.status() == phase::wants_input); })
      .peer_sends("76006b032ce9"_hex)
      .expect([](const auto& m) {
        CHECK(m.status() == phase::done);
        CHECK(m.outcome().creation == 0x6B032CE9);
      })
      .check(registering);
}

TEST_CASE("an epmd of old answers with 16 bits of creation") {
  script<exchange<alive2>>()
      .expect_written(register_city)
      .peer_sends("79000002"_hex)
      .expect([](const auto& m) { CHECK(m.outcome().creation == 2); })
      .check(registering);
}

TEST_CASE("bytes behind a reply are left alone") {
  script<exchange<alive2>>()
      .expect_written(register_city)
      .peer_sends("76006b032ce9ff"_hex)
      .expect_leftover("ff"_hex)
      .expect([](const auto& m) { CHECK(m.outcome().creation == 0x6B032CE9); })
      .check(registering);
}

TEST_CASE("a duplicate name ends with name_taken") {
  script<exchange<alive2>>()
      .expect_written(register_city)
      .peer_sends_refused("760100000063"_hex)
      .expect(failed_with<exchange<alive2>>(errc::name_taken))
      .check(registering);
}

TEST_CASE("a node's port is asked for and read") {
  script<exchange<port_please2>>()
      .expect_written(ask_gold)
      .peer_sends(gold_reply)
      .expect([](const auto& m) { CHECK(m.outcome().port == 45371); })
      .peer_closes()
      .expect([](const auto& m) { CHECK(m.status() == phase::done); })
      .check(asking);
}

TEST_CASE("a node that is not there ends with unknown_node") {
  script<exchange<port_please2>>()
      .expect_written(ask_gold)
      .peer_sends_refused("7701"_hex)
      .expect(failed_with<exchange<port_please2>>(errc::unknown_node))
      .check(asking);
}

TEST_CASE("another reply than the one asked for ends with malformed_reply") {
  script<exchange<port_please2>>()
      .expect_written(ask_gold)
      .peer_sends_refused("7600"_hex)
      .expect(failed_with<exchange<port_please2>>(errc::malformed_reply))
      .check(asking);
}

TEST_CASE("an epmd that closes without a whole answer ends with closed_early") {
  script<exchange<port_please2>>()
      .expect_written(ask_gold)
      .peer_sends("7700b13b"_hex)
      .peer_closes()
      .expect(failed_with<exchange<port_please2>>(errc::closed_early))
      .check(asking);
}

TEST_CASE("a reply to what was not asked yet ends with malformed_reply") {
  script<exchange<port_please2>>()
      .peer_sends_refused("77"_hex)
      .expect(failed_with<exchange<port_please2>>(errc::malformed_reply))
      .check(asking);
}

TEST_CASE("the list of names ends with the connection") {
  script<exchange<names_request>>()
      .expect_written("00016e"_hex)
      .closing_is_fine()  // four bytes are an empty list
      .peer_sends(bytes_of("00001111"_hex, "name gold at port 45371\n"))
      .peer_closes()
      .expect([](const auto& m) {
        REQUIRE(m.status() == phase::done);
        REQUIRE(m.outcome().size() == 1);
        CHECK(m.outcome()[0] == epmd::name_entry{"gold", 45371});
      })
      .check(listing);
}

TEST_CASE("a list of names that ends within a line ends with closed_early") {
  script<exchange<names_request>>()
      .expect_written("00016e"_hex)
      .closing_is_fine()  // four bytes are an empty list
      .peer_sends(bytes_of("00001111"_hex, "name gold at po"))
      .peer_closes()
      .expect(failed_with<exchange<names_request>>(errc::closed_early))
      .check(listing);
}

}  // namespace
}  // namespace beamnode
