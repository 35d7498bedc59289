#include <beamnode/epmd_client/server.hpp>

#include <doctest/doctest.h>

#include "support/hex.hpp"

// Requests and replies were recorded from the epmd of OTP 25 (creations apart), but where a test's
// name says that this one is stricter.

namespace beamnode {
namespace {

using namespace test;
using epmd::server;
using namespace std::chrono_literals;
using fate = server::fate;

const server::time_point start{};

struct host {
  server epmd{{.port = 4581, .first_creation = 0x6b03b659, .idle = 60s, .max_connections = 8}};
  server::connection_id last = 0;

  server::connection_id open(bool local = true, server::time_point now = start) {
    const server::connection_id id = ++last;
    CHECK(!epmd.open(id, local, now));
    return id;
  }
  std::string ask(server::connection_id id, const byte_string& payload) {
    return text(epmd.receive(id, framed(payload)));
  }
  /// On a connection of its own.
  std::string ask(const byte_string& payload, bool local = true) {
    const auto id = open(local);
    const std::string answer = ask(id, payload);
    epmd.closed(id);
    return answer;
  }
  static byte_string framed(const byte_string& payload) {
    return bytes_of(big(static_cast<std::uint16_t>(payload.size())), payload);
  }
  static std::string text(const server::reply& reply) {
    return to_hex(reply.bytes) + (reply.then == fate::keep    ? " open"
                                  : reply.then == fate::close ? " closed"
                                                              : " shut down");
  }
};

byte_string alive2(std::string_view name, std::uint16_t highest = 6, std::string_view extra = "") {
  return bytes_of("78 04d2 4d 00"_hex, big(highest), "0005"_hex,
                  big(static_cast<std::uint16_t>(name.size())), name,
                  big(static_cast<std::uint16_t>(extra.size())), extra);
}

byte_string plain(std::string_view text) { return bytes_of(text); }

TEST_CASE("a node registers and is found until its connection ends") {
  host h;
  const auto one = h.open();
  CHECK(h.ask(one, alive2("one")) == "76006b03b659 open");
  CHECK(h.ask(plain("zone")) == "770004d24d000006000500036f6e650000 closed");
  CHECK(h.ask(plain("zon")) == "7701 closed");
  CHECK(h.ask(plain("zones")) == "7701 closed");
  h.epmd.closed(one);
  CHECK(h.ask(plain("zone")) == "7701 closed");
  CHECK(h.epmd.registered_count() == 0);
}

TEST_CASE("extra bytes, node type and versions come back as they were given") {
  host h;
  const auto two = h.open();
  CHECK(h.ask(two, "78 004d 48 00 0005 0005 0003 74776f 0003 616263"_hex) == "79000001 open");
  CHECK(h.ask(plain("ztwo")) == "7700004d480000050005000374776f0003616263 closed");
}

TEST_CASE("each registration gets a creation of its own, of 32 bits or 1 to 3") {
  host h;
  const auto one = h.open();
  CHECK(h.ask(one, alive2("one")) == "76006b03b659 open");
  h.epmd.closed(one);
  CHECK(h.ask(h.open(), alive2("one")) == "76006b03b65a open");
  CHECK(h.ask(h.open(), alive2("two", 5)) == "79000003 open");
  CHECK(h.ask(h.open(), alive2("three", 5)) == "79000001 open");
  CHECK(h.ask(h.open(), alive2("four", 5)) == "79000002 open");

  server wraps({.first_creation = 0xffffffff});
  for (const std::string_view creation : {"ffffffff", "00000004", "00000005"}) {
    static_cast<void>(wraps.open(1, true, start));
    CHECK(host::text(wraps.receive(1, host::framed(alive2("a")))) ==
          "7600" + std::string(creation) + " open");
    wraps.closed(1);
  }
}

TEST_CASE("a taken name is refused, stays with whom it belongs to, and the loser is kept waiting") {
  host h;
  h.ask(h.open(), alive2("one"));
  const auto late = h.open();
  CHECK(h.ask(late, alive2("one")) == "760100000063 open");
  CHECK(h.ask(h.open(), alive2("one", 5)) == "79010063 open");
  CHECK(h.ask(late, plain("n")) == " closed");
  CHECK(h.epmd.registered_count() == 1);
}

TEST_CASE("any byte on the connection of a registration ends it") {
  host h;
  const auto one = h.open();
  h.ask(one, alive2("one"));
  CHECK(host::text(h.epmd.receive(one, "00"_hex)) == " closed");
  CHECK(h.ask(plain("zone")) == "7701 closed");
  CHECK(host::text(h.epmd.receive(one, "00"_hex)) == " closed");  // it is ending
}

TEST_CASE("NAMES and DUMP list the newest first") {
  host h;
  CHECK(h.ask(plain("n")) == "000011e5 closed");
  h.ask(h.open(), alive2("one"));
  h.ask(h.open(), alive2("two"));
  CHECK(h.ask(plain("n")) ==
        to_hex(bytes_of("000011e5"_hex, "name two at port 1234\nname one at port 1234\n")) +
            " closed");
  CHECK(h.ask(plain("nxx")) == h.ask(plain("n")));
  CHECK(h.ask(plain("d")) ==
        to_hex(bytes_of("000011e5"_hex, "active name     <two> at port 1234, fd = 3\n", 0,
                        "active name     <one> at port 1234, fd = 2\n", 0)) +
            " closed");
}

TEST_CASE("KILL is obeyed only while no node is registered, STOP never") {
  host h;
  const auto one = h.open();
  h.ask(one, alive2("one"));
  CHECK(h.ask(plain("k")) == "4e4f closed");
  CHECK(h.ask(plain("sone")) == " closed");
  CHECK(h.epmd.registered_count() == 1);
  h.epmd.closed(one);
  CHECK(h.ask(plain("k")) == "4f4b shut down");
}

TEST_CASE("from another host one may ask, but not register or rule") {
  host h;
  CHECK(h.ask(alive2("one"), false) == " closed");
  CHECK(h.ask(plain("d"), false) == " closed");
  CHECK(h.ask(plain("k"), false) == " closed");
  h.ask(h.open(), alive2("one"));
  CHECK(h.ask(plain("zone"), false) == "770004d24d000006000500036f6e650000 closed");
  CHECK(h.ask(plain("n"), false).starts_with("000011e5"));
}

TEST_CASE("a request may come byte by byte, and at no byte is it taken for another") {
  const byte_string whole = host::framed(alive2("slow", 6, "more"));
  host h;
  const auto id = h.open();
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    CHECK(host::text(h.epmd.receive(id, bytes_of(whole[i]))) == " open");
    CHECK(h.epmd.registered_count() == 0);
  }
  CHECK(host::text(h.epmd.receive(id, bytes_of(whole.back()))) == "76006b03b659 open");
}

TEST_CASE("an ALIVE2 cut short at any byte is closed and registers nothing") {
  const byte_string whole = alive2("name", 6, "extra");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    host h;
    CHECK(h.ask(byte_string(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) ==
          " closed");
    CHECK(h.epmd.registered_count() == 0);
  }
}

TEST_CASE("bytes behind the fields of an ALIVE2 are passed over") {
  host h;
  CHECK(h.ask(bytes_of(alive2("one"), "zz")) == "76006b03b659 open");
}

TEST_CASE("malformed requests are closed without a word") {
  host h;
  for (const byte_string& payload :
       {plain("q"), plain("z"), bytes_of("zo", 0, "e"), alive2(""),
        alive2(std::string_view("a\0b", 3)), "7800014d00000600050032616263 0000"_hex}) {
    CHECK(h.ask(payload) == " closed");
  }
  for (const byte_string& raw : {"0000"_hex, "0bf2 7a"_hex, "ffff"_hex, "0001 6e 6e"_hex,
                                 bytes_of("0001"_hex, std::string(100'000, 'n'))}) {
    const auto id = h.open();
    CHECK(host::text(h.epmd.receive(id, raw)) == " closed");
  }
  const auto longest = h.open();
  CHECK(host::text(h.epmd.receive(longest, "0bf1 6e"_hex)) == " open");
  CHECK(host::text(h.epmd.receive(longest, byte_string(3056, 'n'))) == "000011e5 closed");
}

TEST_CASE("names are 1 to 255 characters of UTF-8, and extra bytes have a limit") {
  std::string wide;
  for (int i = 0; i < 255; ++i) wide += "\xC3\xBC";
  for (const std::string& good : {std::string("a@b"), std::string(255, 'a'), wide}) {
    host h;
    CHECK(h.ask(alive2(good)) == "76006b03b659 open");
  }
  for (const std::string& bad :
       {std::string(256, 'a'), wide + "a", std::string("a\xFF"), std::string("\xC3"),
        std::string("\xC3\xC3\xBC"), std::string("\xBC")}) {
    host h;
    CHECK(h.ask(alive2(bad)) == "760100000063 open");
  }
  host h;
  CHECK(h.ask(alive2("a", 6, std::string(1020, 'e'))) == "76006b03b659 open");
  CHECK(h.ask(alive2("b", 6, std::string(1021, 'e'))) == "760100000063 open");
}

TEST_CASE("stricter than epmd: a name cannot forge a line of NAMES") {
  host h;
  CHECK(h.ask(alive2("a at port 1\nname b")) == "760100000063 open");
}

TEST_CASE("who does not register in time is closed, who has is kept for ever") {
  host h;
  const auto node = h.open();
  h.ask(node, alive2("one"));
  const auto refused = h.open();
  h.ask(refused, alive2("one"));
  const auto silent = h.open();
  const auto answered = h.open();  // and does not read
  h.ask(answered, plain("n"));
  const auto slow = h.open(true, start + 30s);
  CHECK(h.epmd.expired(start + 59s).empty());
  CHECK(host::text(h.epmd.receive(slow, "00"_hex)) == " open");
  CHECK(h.epmd.expired(start + 60s) == std::vector{refused, silent, answered});
  CHECK(h.epmd.expired(start + 90s) == std::vector{slow});
  CHECK(h.epmd.expired(start + 24h).empty());
  CHECK(h.epmd.connection_count() == 1);
}

TEST_CASE("one connection too many costs the oldest that has not registered") {
  host h;
  const auto node = h.open();
  h.ask(node, alive2("one"));
  const auto oldest = h.open(false, start + 1s);
  for (int i = 0; i < 6; ++i) h.open(false, start + 2s);
  CHECK(h.epmd.open(99, true, start + 3s) == oldest);
  CHECK(h.ask(99, alive2("two")) == "76006b03b65a open");
  CHECK(h.epmd.registered_count() == 2);
}

TEST_CASE("when all connections are registered, the new one is closed") {
  host h;
  for (int i = 0; i < 8; ++i) h.ask(h.open(), alive2("n" + std::to_string(i)));
  CHECK(h.epmd.open(99, true, start) == 99);
  CHECK(h.epmd.registered_count() == 8);
}

}  // namespace
}  // namespace beamnode
