#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "unit/etf/wire_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// Reads one value with `read` and asks that it was all there was.
template <class Read> auto read_all(const byte_string& bytes, Read read) {
  reader r{bytes, sample_refs()};
  auto value = read(r);
  CAPTURE(to_hex(bytes));
  CHECK(r.failure().message() == error{}.message());
  CHECK(r.at_end());
  return value;
}

std::int64_t integer(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_integer(); });
}
std::uint64_t unsigned_integer(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_unsigned(); });
}
double floating(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_float(); });
}
std::string atom_text(const byte_string& bytes) {
  return std::string(read_all(bytes, [](reader& r) { return r.read_atom(); }).text());
}

template <class Read> errc code_of(const byte_string& bytes, Read read) {
  reader r{bytes, sample_refs()};
  read(r);
  CHECK((r.ok() || r.at_end()));
  return r.code();
}
template <class Read> std::string message_of(const byte_string& bytes, Read read) {
  reader r{bytes, sample_refs()};
  read(r);
  return r.failure().message();
}

errc integer_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_integer() == 0); });
}
errc unsigned_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_unsigned() == 0); });
}
errc float_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_float() == 0); });
}
errc atom_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_atom() == atom{}); });
}

byte_string float_text(std::string_view text) {
  byte_string bytes = bytes_of(99, text);
  bytes.resize(32);
  return bytes;
}

/// Reads a whole value through the typed reads, whatever it is.
void read_anything(reader& r) {
  std::array<std::uint8_t, 8> scratch{};
  for (std::uint64_t pending = 1; pending != 0 && r.ok(); --pending) {
    switch (r.peek()) {
      case kind::integer: r.read_big(scratch); break;
      case kind::floating: r.read_float(); break;
      case kind::atom: r.read_atom(); break;
      case kind::reference: r.read_reference(); break;
      case kind::port: r.read_port(); break;
      case kind::pid: r.read_pid(); break;
      case kind::tuple: pending += r.read_tuple(); break;
      case kind::map: pending += 2 * r.read_map(); break;
      case kind::nil:
      case kind::list: {
        const list_header list = r.read_list();
        if (list.length != 0 && !list.is_string) pending += list.length + 1;
        break;
      }
      case kind::bit_string: r.read_bits(); break;
      case kind::fun:
      case kind::record: r.skip(); break;
      case kind::none: r.skip(); break;
    }
  }
}

constexpr auto read_integer = [](reader& r) { r.read_integer(); };
constexpr auto read_atom = [](reader& r) { r.read_atom(); };
constexpr auto skip = [](reader& r) { r.skip(); };

}  // namespace

TEST_CASE("integers are read from every encoding") {
  CHECK(integer("6100"_hex) == 0);
  CHECK(integer("61ff"_hex) == 255);
  CHECK(integer("62ffffffff"_hex) == -1);
  CHECK(integer("6280000000"_hex) == std::numeric_limits<std::int32_t>::min());
  CHECK(integer("6e040000000080"_hex) == 2147483648);
  CHECK(integer("6e0800ffffffffffffff7f"_hex) == std::numeric_limits<std::int64_t>::max());
  CHECK(integer("6e08010000000000000080"_hex) == std::numeric_limits<std::int64_t>::min());
  CHECK(integer("6f00000001 07 05"_hex) == -5);
}

TEST_CASE("big integers need not be normalised to be read") {
  CHECK(integer("6e0000"_hex) == 0);
  CHECK(integer("6e0001"_hex) == 0);
  CHECK(integer("6e0a00 07000000000000000000"_hex) == 7);
  CHECK(unsigned_integer("6e0101 00"_hex) == 0);
  CHECK(unsigned_integer("6e0900 ffffffffffffffff 00"_hex) ==
        std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("integers that do not fit are out of range") {
  CHECK(integer_code("6e0800 0000000000000080"_hex) == errc::out_of_range);
  CHECK(integer_code("6e0801 0100000000000080"_hex) == errc::out_of_range);
  CHECK(integer_code("6e0900 000000000000000001"_hex) == errc::out_of_range);
  CHECK(unsigned_code("62ffffffff"_hex) == errc::out_of_range);
  CHECK(unsigned_code("6e0900 000000000000000001"_hex) == errc::out_of_range);
}

TEST_CASE("read_big gives the magnitude of every integer") {
  std::array<std::uint8_t, 8> scratch{};
  const auto big = [&scratch](const byte_string& bytes) {
    const big_view value = read_all(bytes, [&](reader& r) { return r.read_big(scratch); });
    return (value.negative ? "-" : "+") + to_hex(value.magnitude);
  };
  CHECK(big("6107"_hex) == "+07");
  CHECK(big("62fffffffe"_hex) == "-02000000");
  CHECK(big("6280000000"_hex) == "-00000080");
  CHECK(big("6e0201 0102"_hex) == "-0102");
  CHECK(big("6f00000009 00 000000000000000001"_hex) == "+000000000000000001");
}

TEST_CASE("an integer longer than any VM holds is refused before its bytes are there") {
  const byte_string bytes = "6f00800001 00 01"_hex;
  CHECK(integer_code(bytes) == errc::too_large);
}

TEST_CASE("floats are read in the new and the old form") {
  CHECK(floating("463ff8000000000000"_hex) == 1.5);
  CHECK(std::signbit(floating("468000000000000000"_hex)));
  CHECK(floating("460000000000000001"_hex) == 5e-324);
  CHECK(floating(float_text("1.50000000000000000000e+00")) == 1.5);
  CHECK(floating(float_text("-1.5e3")) == -1500);
  CHECK(floating(float_text("+1.5")) == 1.5);
  CHECK(floating(float_text("1,5")) == 1.5);
  CHECK(floating(float_text("1.5E3")) == 1500);
  CHECK(floating(float_text("1.0e-400")) == 0);
  CHECK(std::signbit(floating(float_text("-1.0e-400"))));
  CHECK(floating(float_text("4.9e-324")) == 5e-324);
  CHECK(floating(float_text(std::string_view("1.5\0xx", 6))) == 1.5);
}

TEST_CASE("floats that are no numbers, and other texts, are refused") {
  CHECK(float_code("467ff0000000000000"_hex) == errc::bad_float);
  CHECK(float_code("46fff0000000000000"_hex) == errc::bad_float);
  CHECK(float_code("467ff8000000000000"_hex) == errc::bad_float);
  CHECK(float_code("467ff0000000000001"_hex) == errc::bad_float);
  for (const std::string_view text :
       {"", "1", "1e5", "1.5e400", " 1.5", "1.5x", "1.", ".5", "inf", "nan", "0x1.8p0", "1.5e",
        "1.5e+", "--1.5", "1.5 ", "1.5.5", "1..5"}) {
    CAPTURE(text);
    CHECK(float_code(float_text(text)) == errc::bad_float);
  }
}

TEST_CASE("an integer is not a float") { CHECK(float_code("6101"_hex) == errc::wrong_type); }

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

TEST_CASE("binaries are views into the input, bit strings know their last bits") {
  const byte_string bytes = "6d00000003010203"_hex;
  reader r{bytes};
  const bytes_view content = r.read_binary();
  CHECK(content.data() == bytes.data() + 5);
  CHECK(content.size() == 3);

  const auto bits = [](const byte_string& b) {
    return read_all(b, [](reader& in) { return in.read_bits(); });
  };
  CHECK(bits("6d0000000101"_hex).last_bits == 8);
  CHECK(bits("6d00000000"_hex).last_bits == 8);
  CHECK(bits("4d0000000103e0"_hex).last_bits == 3);
  CHECK(to_hex(bits("4d0000000103e0"_hex).bytes) == "e0");
}

TEST_CASE("BIT_BINARY_EXT with 8 bits in its last byte is a binary, with fewer it is not") {
  const auto read = [](reader& r) { return r.read_binary(); };
  CHECK(to_hex(read_all("4d0000000108ff"_hex, read)) == "ff");
  CHECK(message_of("4d0000000104f0"_hex, read) == "expected a binary, got a bit string (byte 0)");
}

TEST_CASE("impossible bit counts are refused") {
  const auto code = [](const byte_string& b) {
    return code_of(b, [](reader& r) { CHECK(r.read_bits().bytes.empty()); });
  };
  CHECK(code("4d0000000100ff"_hex) == errc::bad_bits);
  CHECK(code("4d0000000109ff"_hex) == errc::bad_bits);
  CHECK(code("4d0000000001"_hex) == errc::bad_bits);
}

TEST_CASE("tuples of both sizes") {
  const auto arity = [](const byte_string& b) {
    reader r{b};
    return r.read_tuple();
  };
  CHECK(arity("6800"_hex) == 0);
  CHECK(arity("6802 6a6a"_hex) == 2);
  CHECK(arity("6900000002 6a6a"_hex) == 2);
  const auto expect = [](const byte_string& b, std::size_t n) {
    return message_of(b, [n](reader& r) { r.expect_tuple(n); });
  };
  CHECK(expect("6802 6a6a"_hex, 2) == error{}.message());
  CHECK(expect("6802 6a6a"_hex, 3) ==
        "a tuple or record of another size than the one asked for (byte 0)");
  CHECK(expect("6d00000000"_hex, 0) == "expected a tuple, got a binary (byte 0)");
}

TEST_CASE("a list is its elements and an end") {
  const byte_string bytes = "6c00000002 6101 6102 6a"_hex;
  reader r{bytes};
  CHECK(r.read_list().length == 2);
  CHECK(r.read_integer() == 1);
  CHECK(r.read_integer() == 2);
  CHECK(r.read_list_end().length == 0);
  CHECK(r.ok());
  CHECK(r.at_end());
}

TEST_CASE("[] is a list without an end to read, however it is written") {
  for (const auto& bytes : {"6a"_hex, "6b0000"_hex, "6c00000000 6a"_hex,
                            "6c00000000 6c00000000 6a"_hex, "6c00000000 6b0000"_hex}) {
    const list_header list = read_all(bytes, [](reader& r) { return r.read_list(); });
    CHECK(list.length == 0);
    CHECK_FALSE(list.is_string);
  }
}

TEST_CASE("STRING_EXT is a list of its bytes") {
  const byte_string bytes = "6b0003 010203"_hex;
  const list_header list = read_all(bytes, [](reader& r) { return r.read_list(); });
  CHECK(list.length == 3);
  CHECK(list.is_string);
  CHECK(to_hex(list.string) == "010203");
}

TEST_CASE("a list may go on in its tail") {
  const byte_string bytes = "6c00000001 6101 6c00000000 6c00000001 6102 6b0001 03"_hex;
  reader r{bytes};
  r.read_list();
  r.read_integer();
  CHECK(r.read_list_end().length == 1);
  CHECK(r.read_integer() == 2);
  const list_header last = r.read_list_end();
  CHECK(last.is_string);
  CHECK(to_hex(last.string) == "03");
  CHECK(r.ok());
  CHECK(r.at_end());
}

TEST_CASE("a tail that is no list makes the list improper") {
  const auto code = [](const byte_string& b) {
    return message_of(b, [](reader& r) {
      r.read_list();
      r.read_integer();
      r.read_list_end();
    });
  };
  CHECK(code("6c00000001 6101 6102"_hex) == "the list does not end with [] (byte 7)");
  CHECK(code("6c00000001 6101 6c00000000 770161"_hex) == "the list does not end with [] (byte 12)");
  CHECK(code("6c00000001 6101 79"_hex) == "a term with this tag is not allowed here (byte 7)");
}

TEST_CASE("LIST_EXT of length 0 is its tail for every read") {
  CHECK(integer("6c00000000 6107"_hex) == 7);
  CHECK(unsigned_integer("6c00000000 6c00000000 6107"_hex) == 7);
  CHECK(floating("6c00000000 463ff8000000000000"_hex) == 1.5);
  CHECK(atom_text("6c00000000 77026f6b"_hex) == "ok");
  const byte_string atom_behind = "6c00000000 77026f6b"_hex;
  CHECK(reader{atom_behind}.peek() == kind::atom);
  CHECK(reader{atom_behind}.next_is(atom("ok")));
  CHECK(reader{"6c00000000"_hex}.peek() == kind::none);
  CHECK(read_all("6c00000000 6800"_hex, [](reader& r) { return r.read_tuple(); }) == 0);
  CHECK(read_all("6c00000000 7400000000"_hex, [](reader& r) { return r.read_map(); }) == 0);
  CHECK(read_all("6c00000000 6d00000000"_hex, [](reader& r) { return r.read_binary(); }).empty());
  CHECK(read_all("6c00000000 58 7703614062 000000010000000200000003"_hex, [](reader& r) {
          return r.read_pid();
        }).id == 1);
}

TEST_CASE("a million empty list headers are passed in a loop") {
  byte_string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes.insert(bytes.end(), {108, 0, 0, 0, 0});
  CHECK(reader{bytes}.peek() == kind::none);
  bytes.push_back(106);
  CHECK(reader{bytes}.peek() == kind::nil);
  reader r{bytes};
  CHECK(r.read_list().length == 0);
  CHECK(r.ok());
}

TEST_CASE("peek tells the kind of every sample and nothing after a failure") {
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    CHECK(reader(sample.bytes, sample_refs()).peek() != kind::none);
  }
  CHECK(reader{bytes_view{}}.peek() == kind::none);
  const byte_string bytes = "6101"_hex;
  reader failed{bytes};
  failed.read_atom();
  CHECK(failed.peek() == kind::none);
}

TEST_CASE("bytes that begin no term, and terms that are refused") {
  CHECK(integer_code("00"_hex) == errc::unknown_tag);
  CHECK(integer_code("8361"_hex) == errc::unknown_tag);
  CHECK(integer_code("75"_hex) == errc::refused_tag);
  CHECK(integer_code("7900000000"_hex) == errc::refused_tag);
  CHECK(integer_code("5000000000"_hex) == errc::refused_tag);
  for (int byte = 0; byte < 256; ++byte) {
    const byte_string bytes = bytes_of(byte, byte_string(64));
    reader r{bytes, sample_refs()};
    r.skip();
    const bool is_term = kind_of(static_cast<std::uint8_t>(byte)) != kind::none;
    CAPTURE(byte);
    const bool is_refused = r.code() == errc::unknown_tag || r.code() == errc::refused_tag;
    CHECK((is_refused && r.failure().offset() == 0) == !is_term);
  }
}

TEST_CASE("the version byte is read or refused") {
  const byte_string good = "836101"_hex;
  reader r{good};
  r.read_version();
  CHECK(r.read_integer() == 1);
  CHECK(code_of("6101"_hex, [](reader& in) { in.read_version(); }) == errc::bad_version);
  CHECK(code_of({}, [](reader& in) { in.read_version(); }) == errc::truncated);
}

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

TEST_CASE("descend goes as deep as a type may be nested") {
  const byte_string bytes = "6a"_hex;
  reader r{bytes};
  for (std::uint32_t i = 0; i < reader::max_typed_depth; ++i) REQUIRE(r.descend());
  r.ascend();
  CHECK(r.descend());
  CHECK_FALSE(r.descend());
  CHECK(r.code() == errc::too_deep);
  CHECK_FALSE(r.descend());
}

TEST_CASE("every sample is read, and skipped, to its last byte and no further") {
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    const byte_string bytes = bytes_of(sample.bytes, "ff6101"_hex);
    reader read{bytes, sample_refs()};
    read_anything(read);
    CHECK(read.failure().message() == error{}.message());
    CHECK(read.offset() == sample.bytes.size());
    reader skipped{bytes, sample_refs()};
    CHECK(to_hex(skipped.skip()) == to_hex(sample.bytes));
    CHECK(skipped.offset() == sample.bytes.size());
  }
}

TEST_CASE("every sample cut at every byte is truncated, for reads and for skip") {
  for (const wire_sample& sample : wire_samples()) {
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      CAPTURE(sample.name);
      CAPTURE(size);
      // A copy of its own, so that a sanitizer sees a read beyond its end.
      const byte_string cut(sample.bytes.begin(),
                            sample.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(code_of(cut, read_anything) == errc::truncated);
      CHECK(code_of(cut, [](reader& r) { CHECK(r.skip().empty()); }) == errc::truncated);
    }
  }
}

TEST_CASE("counts that the input cannot hold are refused at once") {
  for (const auto& bytes :
       {"69ffffffff 6a6a6a6a"_hex, "6900ffffff 6a6a6a6a"_hex, "6cffffffff 6a6a6a6a"_hex,
        "74ffffffff 6a6a6a6a"_hex, "7480000000 6a6a6a6a"_hex, "6dffffffff 6a6a6a6a"_hex,
        "4dffffffff 08 6a6a"_hex, "6bffff 6a6a6a6a"_hex, "6fffffffff 00 6a6a"_hex, "6eff00 6a"_hex,
        "68ff 6a6a"_hex, "77ff 6a6a"_hex, "76ffff 6a6a"_hex, "64ffff 6a"_hex,
        "43ffffffff 01 77016d 77016e"_hex, "437fffffff 01 77016d 77016e"_hex,
        bytes_of(112, byte_string(25), "ffffffff 77016d"_hex), "5affff 770161"_hex,
        "72ffff 770161"_hex}) {
    CAPTURE(to_hex(bytes));
    CHECK_FALSE(code_of(bytes, read_anything) == errc::none);
    CHECK(code_of(bytes, skip) == errc::truncated);
  }
  CHECK(code_of("6901000000"_hex, read_anything) == errc::too_large);
}

TEST_CASE("a count is refused if even the smallest elements would not fit") {
  CHECK(code_of("6803 6a6a"_hex, [](reader& r) { CHECK(r.read_tuple() == 0); }) == errc::truncated);
  CHECK(code_of("6900000003 6a6a"_hex, [](reader& r) { CHECK(r.read_tuple() == 0); }) ==
        errc::truncated);
  CHECK(code_of("6c00000002 6a6a"_hex, [](reader& r) { CHECK(r.read_list().length == 0); }) ==
        errc::truncated);
  CHECK(code_of("7400000002 6a6a6a"_hex, [](reader& r) { CHECK(r.read_map() == 0); }) ==
        errc::truncated);
}

TEST_CASE("skip passes ten million levels of any container without recursion") {
  constexpr std::size_t levels = 10'000'000;
  const auto nest = [](const byte_string& head, std::size_t times, const byte_string& middle,
                       std::size_t tails) {
    byte_string bytes;
    bytes.reserve(head.size() * times + middle.size() + tails);
    for (std::size_t i = 0; i < times; ++i) bytes.insert(bytes.end(), head.begin(), head.end());
    bytes.insert(bytes.end(), middle.begin(), middle.end());
    bytes.insert(bytes.end(), tails, 106);
    return bytes;
  };
  for (const byte_string& bytes :
       {nest("6801"_hex, levels, "6a"_hex, 0), nest("6c00000001"_hex, levels, "6a"_hex, levels),
        nest("6c000000016a"_hex, levels, "6a"_hex, 0), nest("6c00000000"_hex, levels, "6a"_hex, 0),
        nest("7400000001"_hex, levels, "6a"_hex, levels)}) {
    reader r{bytes};
    CHECK(r.skip().size() == bytes.size());
    reader cut{bytes_view(bytes).first(bytes.size() - 1)};
    CHECK(cut.skip().empty());
    CHECK(cut.code() == errc::truncated);
  }
}

TEST_CASE("skip does not trust the size that a fun claims to have") {
  for (const std::string_view size : {"00000000", "7fffffff", "ffffffff"}) {
    const byte_string fun =
        bytes_of(112, from_hex(size), byte_string(17), "00000001 00000001 77016d 6101 6102"_hex,
                 "58 770161 000000010000000200000003"_hex, "6a"_hex);
    const byte_string bytes = bytes_of(fun, "6101"_hex);
    reader r{bytes};
    CHECK(r.skip().size() == fun.size());
    CHECK(r.read_integer() == 1);
  }
}

TEST_CASE("random bytes never make a reader read beyond its input") {
  std::uint64_t state = 88172645463325252U;
  const auto next = [&state] {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return state;
  };
  for (int round = 0; round < 20'000; ++round) {
    // Mostly tags, so that the walk gets deep.
    byte_string bytes(next() % 64);
    for (std::uint8_t& byte : bytes) {
      const auto& sample = wire_samples()[next() % wire_samples().size()].bytes;
      byte =
          next() % 4 == 0 ? static_cast<std::uint8_t>(next() % 5) : sample[next() % sample.size()];
    }
    reader read{bytes, sample_refs()};
    read.limit_new_atoms(0);
    read_anything(read);
    reader skipped{bytes, sample_refs()};
    const bytes_view passed = skipped.skip();
    if (read.ok()) CHECK(passed.size() == read.offset());
  }
}
