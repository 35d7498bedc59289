#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include "unit/etf/reading.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

TEST_CASE("atoms are read from all five tags, Latin-1 becomes UTF-8") {
  CHECK(atom_text("77026f6b"_hex) == "ok");
  CHECK(atom_text("7600026f6b"_hex) == "ok");
  CHECK(atom_text("6400026f6b"_hex) == "ok");
  CHECK(atom_text("73026f6b"_hex) == "ok");
  CHECK(atom_text("7302e9ff"_hex) == "\xc3\xa9\xc3\xbf");
  CHECK(atom_text(bytes_of(100, 0, 255, byte_string(255, 0xe9))).size() == 510);
  CHECK(atom_text("5200"_hex) == "cached@node");
  CHECK(atom_text("7700"_hex).empty());
}

TEST_CASE("malformed atoms are refused with what is wrong with them") {
  CHECK(atom_code("7701ff"_hex) == errc::invalid_utf8);
  CHECK(atom_code("7603ed"_hex) == errc::truncated);
  CHECK(atom_code(bytes_of(119, 3, "eda080"_hex)) == errc::invalid_utf8);
  CHECK(atom_code(bytes_of(118, 1, 0, byte_string(256, 'x'))) == errc::atom_too_long);
  CHECK(atom_code(bytes_of(118, 3, 252, byte_string(1020, 'x'))) == errc::atom_too_long);
  CHECK(atom_code(bytes_of(118, 3, 253, byte_string(1021, 'x'))) == errc::atom_too_long);
  CHECK(atom_code(bytes_of(100, 1, 0, byte_string(256, 'x'))) == errc::atom_too_long);
  CHECK(atom_code("5201"_hex) == errc::bad_atom_cache_ref);
  CHECK(atom_code("52ff"_hex) == errc::bad_atom_cache_ref);
}

TEST_CASE("a reader without references refuses every ATOM_CACHE_REF") {
  reader r{bytes_view{}};
  const byte_string bytes = "5200"_hex;
  r = reader{bytes};
  r.read_atom();
  CHECK(r.code() == errc::bad_atom_cache_ref);
}

TEST_CASE("only so many new atoms are made as the reader may add") {
  byte_string bytes;
  for (int i = 0; i < 3; ++i) bytes = bytes_of(bytes, 119, 7, "fresh_", '0' + i);
  for (int i = 0; i < 3; ++i) bytes = bytes_of(bytes, "77026f6b"_hex);
  const atom known("ok");
  reader limited{bytes};
  limited.limit_new_atoms(2);
  limited.read_atom();
  limited.read_atom();
  CHECK(limited.ok());
  limited.read_atom();
  CHECK(limited.code() == errc::too_many_atoms);
  CHECK(limited.failure().offset() == 18);
  CHECK_FALSE(atom::find("fresh_2").has_value());

  reader rest{bytes_view(bytes).subspan(27)};
  rest.limit_new_atoms(0);
  CHECK(rest.read_atom() == known);
  CHECK(rest.ok());
}

TEST_CASE("expect_atom and next_is compare in every encoding and never intern") {
  const atom ok("ok");
  const atom accented("\xc3\xa9\xc3\xbf");
  const std::size_t before = atom::count();
  for (const auto& bytes : {"77026f6b"_hex, "7600026f6b"_hex, "6400026f6b"_hex, "73026f6b"_hex}) {
    CHECK(reader{bytes}.next_is(ok));
    CHECK_FALSE(reader{bytes}.next_is(accented));
    CHECK(code_of(bytes, [&](reader& r) { r.expect_atom(ok); }) == errc::none);
    CHECK(code_of(bytes, [&](reader& r) { r.expect_atom(accented); }) == errc::wrong_value);
  }
  CHECK(reader{"7302e9ff"_hex}.next_is(accented));
  CHECK(reader("5200"_hex, sample_refs()).next_is(sample_refs()[0]));
  CHECK_FALSE(reader("5200"_hex, sample_refs()).next_is(ok));
  const byte_string unknown = bytes_of(119, 20, "never_seen_anywhere!");
  CHECK(code_of(unknown, [&](reader& r) { r.expect_atom(ok); }) == errc::wrong_value);
  CHECK(code_of("6101"_hex, [&](reader& r) { r.expect_atom(ok); }) == errc::wrong_type);
  CHECK(code_of({}, [&](reader& r) { r.expect_atom(ok); }) == errc::truncated);
  CHECK_FALSE(reader{bytes_view{}}.next_is(atom{}));
  CHECK_FALSE(reader{"7702"_hex}.next_is(atom{}));
  CHECK(atom::count() == before);
}

TEST_CASE("next_is consumes nothing") {
  const byte_string bytes = "77026f6b"_hex;
  reader r{bytes};
  CHECK(r.next_is(atom("ok")));
  CHECK(r.offset() == 0);
  CHECK(r.read_atom() == atom("ok"));
}

TEST_CASE("pids are read from both tags") {
  const auto read = [](reader& r) { return r.read_pid(); };
  const pid expected{atom("a@b"), 1, 2, 3};
  CHECK(read_all("58 7703614062 00000001 00000002 00000003"_hex, read) == expected);
  CHECK(read_all("67 640003614062 00000001 00000002 03"_hex, read) == expected);
  CHECK(read_all("58 5200 ffffffff fffffffe fffffffd"_hex, read) ==
        pid{sample_refs()[0], 0xffffffff, 0xfffffffe, 0xfffffffd});
}

TEST_CASE("ports are read from all three tags") {
  const auto read = [](reader& r) { return r.read_port(); };
  CHECK(read_all("59 7703614062 ffffffff 00000003"_hex, read) == port{atom("a@b"), 3, 0xffffffff});
  CHECK(read_all("66 7703614062 00000001 03"_hex, read) == port{atom("a@b"), 3, 1});
  CHECK(read_all("78 7703614062 ffffffffffffffff 00000003"_hex, read) ==
        port{atom("a@b"), 3, 0xffffffffffffffff});
}

TEST_CASE("references are read from all three tags, with 0 to 5 words") {
  const auto read = [](reader& r) { return r.read_reference(); };
  const auto three = read_all("5a0003 7703614062 00000007 000000010000000200000003"_hex, read);
  CHECK(three == reference{atom("a@b"), 7, {1, 2, 3}, 3});
  CHECK(three.count == 3);
  CHECK(read_all("5a0000 7703614062 00000007"_hex, read).count == 0);
  CHECK(read_all("5a0005 7703614062 00000007 0000000100000002000000030000000400000005"_hex, read) ==
        reference{atom("a@b"), 7, {1, 2, 3, 4, 5}, 5});
  CHECK(read_all("720002 7703614062 02 0003ffff ffffffff"_hex, read) ==
        reference{atom("a@b"), 2, {0x3ffff, 0xffffffff}, 2});
  const auto one = read_all("65 7703614062 00000005 01"_hex, read);
  CHECK(one == reference{atom("a@b"), 1, {5}, 1});
  CHECK(one.count == 1);
}

TEST_CASE("identifiers with numbers that no VM accepts are refused") {
  const auto code = [](const byte_string& bytes) {
    return code_of(bytes, [](reader& r) {
      if (r.peek() == kind::pid) CHECK(r.read_pid() == pid{});
      if (r.peek() == kind::port) CHECK(r.read_port() == port{});
      if (r.peek() == kind::reference) CHECK(r.read_reference() == reference{});
    });
  };
  CHECK(code("67 7703614062 00000001 00000002 04"_hex) == errc::bad_identifier);
  CHECK(code("66 7703614062 00000001 ff"_hex) == errc::bad_identifier);
  CHECK(code("65 7703614062 00000001 04"_hex) == errc::bad_identifier);
  CHECK(code("65 7703614062 00040000 01"_hex) == errc::bad_identifier);
  CHECK(code("720001 7703614062 04 00000001"_hex) == errc::bad_identifier);
  CHECK(code("720001 7703614062 01 00040000"_hex) == errc::bad_identifier);
  CHECK(code(bytes_of("5a0006 7703614062 00000007"_hex, byte_string(24))) == errc::bad_identifier);
  CHECK(code("5affff 7703614062 00000007"_hex) == errc::bad_identifier);
}

TEST_CASE("a node that is no atom is refused where it stands") {
  CHECK(message_of("58 6101 00000001 00000002 00000003"_hex, [](reader& r) { r.read_pid(); }) ==
        "expected an atom, got the integer 1 (byte 1)");
}
