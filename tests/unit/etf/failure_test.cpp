#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include "unit/etf/reading.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

TEST_CASE("failures name what was wanted, what came and where") {
  CHECK(message_of("77026f6b"_hex, read_integer) ==
        "expected an integer, got the atom 'ok' (byte 0)");
  CHECK(message_of("7302e9ff"_hex, read_integer) ==
        "expected an integer, got the atom '\xc3\xa9\xc3\xbf' (byte 0)");
  CHECK(message_of("5200"_hex, read_integer) ==
        "expected an integer, got the atom 'cached@node' (byte 0)");
  CHECK(message_of("62ffffff9c"_hex, read_atom) ==
        "expected an atom, got the integer -100 (byte 0)");
  CHECK(message_of("6e0900 000000000000000001"_hex, read_atom) ==
        "expected an atom, got an integer (byte 0)");
  CHECK(message_of("61"_hex, read_atom) == "expected an atom, got an integer (byte 0)");
  CHECK(message_of("6a"_hex, read_atom) == "expected an atom, got an empty list (byte 0)");
  CHECK(message_of("6c00000000 6107"_hex, read_atom) ==
        "expected an atom, got the integer 7 (byte 5)");
  CHECK(message_of({}, read_atom) == "the input ends inside a value (byte 0)");
  CHECK(message_of("6101"_hex, [](reader& r) { r.fail(errc::wrong_type); }) ==
        "expected a value of another kind, got the integer 1 (byte 0)");
}

TEST_CASE("a failure quotes at most 40 characters and nothing unprintable") {
  CHECK(message_of(bytes_of(119, 200, byte_string(200, 'x')), read_integer) ==
        "expected an integer, got the atom '" + std::string(40, 'x') + "...' (byte 0)");
  CHECK(message_of(bytes_of(119, 5, "a\n\x1b\xff", 0), read_integer) ==
        "expected an integer, got the atom 'a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd' "
        "(byte 0)");
}

TEST_CASE("a failure's offset counts from the first byte") {
  const byte_string bytes = "6803 6101 77026f6b 6102"_hex;
  reader r{bytes};
  r.expect_tuple(3);
  CHECK(r.read_integer() == 1);
  CHECK(r.offset() == 4);
  CHECK(r.read_integer() == 0);
  CHECK(r.failure().offset() == 4);
  CHECK(r.failure().code() == errc::wrong_type);
  CHECK(r.failed_position() == bytes.data() + 4);
}

TEST_CASE("the first failure stays, and every read after it returns nothing") {
  byte_string bytes = "6101"_hex;
  for (int i = 0; i < 20; ++i) bytes = bytes_of(bytes, bytes);
  reader r{bytes};
  r.read_atom();
  std::array<std::uint8_t, 8> scratch{};
  CHECK(r.read_integer() == 0);
  CHECK(r.read_unsigned() == 0);
  CHECK(r.read_big(scratch).magnitude.empty());
  CHECK(r.read_float() == 0);
  CHECK(r.read_atom() == atom{});
  CHECK(r.read_pid() == pid{});
  CHECK(r.read_port() == port{});
  CHECK(r.read_reference() == reference{});
  CHECK(r.read_binary().empty());
  CHECK(r.read_bits().bytes.empty());
  CHECK(r.read_tuple() == 0);
  CHECK(r.read_list().length == 0);
  CHECK(r.read_list_end().length == 0);
  CHECK(r.read_map() == 0);
  CHECK(r.skip().empty());
  CHECK_FALSE(r.next_is(atom{}));
  r.expect_atom(atom{});
  r.expect_tuple(3);
  r.read_version();
  r.fail(errc::bad_fun);
  CHECK(r.rest().empty());
  CHECK(r.code() == errc::wrong_type);
  CHECK(r.failure().offset() == 0);
}
