#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "unit/etf/reading.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

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
        "expected a tuple of 3 elements, got a tuple of 2 elements (byte 0)");
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

TEST_CASE("the version byte is read or refused") {
  const byte_string good = "836101"_hex;
  reader r{good};
  r.read_version();
  CHECK(r.read_integer() == 1);
  CHECK(code_of("6101"_hex, [](reader& in) { in.read_version(); }) == errc::bad_version);
  CHECK(code_of({}, [](reader& in) { in.read_version(); }) == errc::truncated);
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

TEST_CASE("a count is refused if even the smallest elements would not fit") {
  CHECK(code_of("6803 6a6a"_hex, [](reader& r) { CHECK(r.read_tuple() == 0); }) == errc::truncated);
  CHECK(code_of("6900000003 6a6a"_hex, [](reader& r) { CHECK(r.read_tuple() == 0); }) ==
        errc::truncated);
  CHECK(code_of("6c00000002 6a6a"_hex, [](reader& r) { CHECK(r.read_list().length == 0); }) ==
        errc::truncated);
  CHECK(code_of("7400000002 6a6a6a"_hex, [](reader& r) { CHECK(r.read_map() == 0); }) ==
        errc::truncated);
}
