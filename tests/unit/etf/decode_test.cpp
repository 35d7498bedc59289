#include <doctest/doctest.h>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/term.hpp>

#include <array>
#include <string>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::etf::literals;
using namespace beamnode::test;

namespace {

struct failing {
  const char* what;
  byte_string bytes;
  errc code;
};

byte_string one(const byte_string& bytes) { return bytes; }

}  // namespace

TEST_CASE("malformed terms are refused with what is wrong with them") {
  const std::vector<failing> cases{
      {"nothing", {}, errc::truncated},
      {"an unknown tag", "08"_hex, errc::unknown_tag},
      {"a version byte inside", "6801 83 6101"_hex, errc::unknown_tag},
      {"FUN_EXT", "7500000000"_hex, errc::refused_tag},
      {"LOCAL_EXT", "7900"_hex, errc::refused_tag},
      {"COMPRESSED without version byte", "5000000000"_hex, errc::refused_tag},
      {"an atom cut short", "77036162"_hex, errc::truncated},
      {"an atom that is not UTF-8", "7702c328"_hex, errc::invalid_utf8},
      {"an atom of 256 characters", bytes_of("760100"_hex, std::string(256, 'a')),
       errc::atom_too_long},
      {"an atom cache reference without a cache", "5200"_hex, errc::bad_atom_cache_ref},
      {"infinity", "467ff0000000000000"_hex, errc::bad_float},
      {"NaN", "46fff8000000000000"_hex, errc::bad_float},
      {"NaN behind an empty list header", "6c00000000 467ff8000000000000"_hex, errc::bad_float},
      {"text that is no float", bytes_of("63"_hex, std::string(31, 'x')), errc::bad_float},
      {"a bit string of 0 bits", "4d0000000100ff"_hex, errc::bad_bits},
      {"a bit string of 9 bits", "4d0000000109ff"_hex, errc::bad_bits},
      {"a bit string without bytes", "4d0000000008"_hex, errc::bad_bits},
      {"a pid whose node is no atom", "58 6101 00000001 00000000 00000000"_hex,
       errc::bad_identifier},
      {"an old pid of creation 4", "67 770161 00000001 00000000 04"_hex, errc::bad_identifier},
      {"a reference of 6 words", bytes_of("5a0006 770161"_hex, std::string(28, '\0')),
       errc::bad_identifier},
      {"an old reference of creation 4", "720001 770161 04 00000001"_hex, errc::bad_identifier},
      {"a tuple of 2^24", bytes_of("6901000000"_hex), errc::too_large},
      {"an integer of 8 MiB and one byte", bytes_of("6f0080000100"_hex), errc::too_large},
      {"a map with a key twice", "7400000002 770161 6101 770161 6102"_hex, errc::duplicate_key},
      {"1 in two encodings as keys", "7400000002 6101 6a 6200000001 6a"_hex, errc::duplicate_key},
      {"a list in two encodings as keys", "7400000002 6b000101 6a 6c00000001 6101 6a 6a"_hex,
       errc::duplicate_key},
      {"equal keys that are not neighbours", "7400000003 770161 6a 770162 6a 770161 6a"_hex,
       errc::duplicate_key},
      {"a map as a key twice, its pairs in another order",
       "7400000002 7400000002 6101 6a 6102 6a 6a 7400000002 6102 6a 6101 6a 6a"_hex,
       errc::duplicate_key},
      {"a duplicate inside a value", "6801 7400000001 6a 7400000002 6a 6a 6a 6a"_hex,
       errc::duplicate_key},
      {"a fun whose module is no atom",
       bytes_of("70 00000000 00"_hex, std::string(20, '\0'), "00000000 6a"_hex), errc::bad_fun},
      {"a fun made by no pid",
       bytes_of("70 00000000 00"_hex, std::string(20, '\0'), "00000000 770161 6100 6100 6a"_hex),
       errc::bad_fun},
      {"a fun with 256 free variables",
       bytes_of("70 00000000 00"_hex, std::string(20, '\0'), "00000100 770161"_hex), errc::bad_fun},
      {"an external fun of arity 256", "71 770161 770162 6200000100"_hex, errc::bad_fun},
      {"an external fun of arity -1", "71 770161 770162 62ffffffff"_hex, errc::bad_fun},
      {"an external fun of no function", "71 770161 6a 6101"_hex, errc::bad_fun},
      {"a record with unknown flags", "43 00000000 02 770161 770162"_hex, errc::bad_record},
      {"a record with a field twice", "43 00000002 00 770161 770162 770178 770178 6a 6a"_hex,
       errc::bad_record},
      {"a record whose field is no atom", "43 00000001 00 770161 770162 6a 6a"_hex,
       errc::bad_record},
  };
  for (const failing& c : cases) {
    CAPTURE(c.what);
    CHECK(code_of(c.bytes) == c.code);
  }
}

TEST_CASE("a failure says where the value at fault begins, counted from the first byte given") {
  const result<term> unknown = term::decode("83 6802 6101 08"_hex);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().offset() == 5);
  const result<term> duplicate = term::decode("83 6802 6a 7400000002 6a 6a 6a 6a"_hex);
  REQUIRE_FALSE(duplicate);
  CHECK(duplicate.error().offset() == 4);
  CHECK_FALSE(duplicate.error().message().empty());
}

TEST_CASE("the version byte is asked for") {
  CHECK(term::decode({}).error().code() == errc::truncated);
  CHECK(term::decode("83"_hex).error().code() == errc::truncated);
  CHECK(term::decode("6101"_hex).error().code() == errc::bad_version);
  CHECK(term::decode("83836101"_hex).error().code() == errc::unknown_tag);
  CHECK(term::decode("836101"_hex)->as_int64() == 1);
}

TEST_CASE("what stands behind a bare term is counted, or refused") {
  std::size_t consumed = 0;
  const result<term> first = term::decode_bare("6801 6101 6a6a"_hex, {}, {}, &consumed);
  REQUIRE(first);
  CHECK(consumed == 4);
  CHECK(term::decode_bare("6101 6a"_hex).error().code() == errc::trailing_bytes);
  CHECK(term::decode_bare("6101 6a"_hex).error().offset() == 2);
}

TEST_CASE("atom cache references name the atoms given") {
  const std::array<atom, 2> atoms{"zero"_atom, "one"_atom};
  const result<term> t =
      term::decode_bare("6803 5201 5200 58 5201 000000010000000000000002"_hex, {}, atoms);
  REQUIRE(t);
  CHECK((*t)[0] == "one"_atom);
  CHECK((*t)[1] == "zero"_atom);
  CHECK((*t)[2].as_pid()->node == "one"_atom);
  CHECK(term::decode_bare("5202"_hex, {}, atoms).error().code() == errc::bad_atom_cache_ref);
}

TEST_CASE("atoms are the same in all four encodings, remembered or not") {
  for (int round = 0; round < 3; ++round) {
    CHECK(bare("64000161"_hex) == "a"_atom);
    CHECK(bare("730161"_hex) == "a"_atom);
    CHECK(bare("76000161"_hex) == "a"_atom);
    CHECK(bare("770161"_hex) == "a"_atom);
    CHECK(bare("7301e9"_hex).as_atom()->text() == "\xc3\xa9");
    CHECK(bare("7702c3a9"_hex) == bare("7301e9"_hex));
    CHECK(bare("7700"_hex).as_atom()->text().empty());
  }
}

TEST_CASE("names that differ little are different atoms") {
  // Each thread remembers atoms by their first and last bytes and their size.
  std::vector<std::string> names{"a", "b", "aa", "ab", "ba", "aaa", "aba", "abcd", "abce", "bbcd"};
  for (const std::size_t size :
       std::array<std::size_t, 10>{7, 8, 9, 15, 16, 17, 18, 24, 200, 255}) {
    std::string name(size, 'x');
    names.push_back(name);
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      name.assign(size, 'x')[at] = 'y';
      names.push_back(name);
    }
  }
  for (int round = 0; round < 2; ++round) {
    for (const std::string& name : names) {
      const term t = bare("77"_hex, static_cast<std::uint8_t>(name.size()), name);
      CHECK(t.as_atom()->text() == name);
    }
  }
}

TEST_CASE("a list of no elements is nothing but its tail") {
  CHECK(bare("6c00000000 6107"_hex).as_int64() == 7);
  CHECK(bare("6c00000000 6c00000000 770161"_hex) == "a"_atom);
  CHECK(bare("6c00000000 463ff8000000000000"_hex).as_double() == 1.5);
  CHECK(bare("6c00000001 6c00000000 6107 6c00000000 6a"_hex) == bare("6b000107"_hex));
  CHECK(bare("6b0000"_hex).is_nil());
  CHECK(code_of("6c00000000"_hex) == errc::truncated);
}

TEST_CASE("legacy encodings mean what current ones do") {
  CHECK(bare("67 770161 00000001 00000002 03"_hex) ==
        bare("58 770161 00000001 00000002 00000003"_hex));
  CHECK(bare("66 770161 00000001 03"_hex) == bare("59 770161 00000001 00000003"_hex));
  CHECK(bare("65 770161 00000001 03"_hex) == bare("5a0001 770161 00000003 00000001"_hex));
  CHECK(bare("720002 770161 03 00000001 00000002"_hex) ==
        bare("5a0002 770161 00000003 00000001 00000002"_hex));
  CHECK(bare("59 770161 00000001 00000003"_hex) == bare("78 770161 0000000000000001 00000003"_hex));
  std::string text = "1.50000000000000000000e+00";
  text.resize(31, '\0');
  CHECK(bare("63"_hex, text).as_double() == 1.5);
}

TEST_CASE("counts beyond the input are refused before anything is reserved for them") {
  CHECK(code_of("6c ffffffff"_hex) == errc::truncated);
  CHECK(code_of("74 ffffffff"_hex) == errc::truncated);
  CHECK(code_of("74 7fffffff 6a"_hex) == errc::truncated);
  CHECK(code_of("69 00ffffff"_hex) == errc::truncated);
  CHECK(code_of("6d ffffffff"_hex) == errc::truncated);
  CHECK(code_of("4d ffffffff 05"_hex) == errc::truncated);
  CHECK(code_of("6f 00800000 00"_hex) == errc::truncated);
  CHECK(code_of("43 ffffffff 00 770161 770162"_hex) == errc::truncated);
  CHECK(code_of("43 00000fff 00 770161 770162"_hex) == errc::truncated);
  CHECK(code_of(bytes_of("70 00000000 00"_hex, std::string(20, '\0'),
                         "000000ff 770161 6100 6100 587701610000000100000000000000006a"_hex)) ==
        errc::truncated);
}

TEST_CASE("counts that each fit but not together are refused before they add up") {
  // 40,000 lists, one in the other, that each claim all the bytes there are: 300 GB of cells.
  constexpr std::uint32_t levels = 40'000;
  const auto claim = static_cast<std::uint32_t>(levels * 2);
  CHECK(code_of(repeated(levels, bytes_of("6c"_hex, big(claim)))) == errc::truncated);
  CHECK(code_of(repeated(levels, bytes_of("69"_hex, big(claim)))) == errc::truncated);
  CHECK(code_of(repeated(levels, bytes_of("74"_hex, big(claim / 2)))) == errc::truncated);
}

TEST_CASE("limits are kept") {
  const byte_string nested = bytes_of(repeated(10, "6801"_hex), "6a"_hex);
  CHECK(code_of(nested, {.depth = 10}) == errc::none);
  CHECK(code_of(nested, {.depth = 9}) == errc::too_deep);
  CHECK(code_of(one("6801 6800"_hex), {.depth = 1}) == errc::none);
  // The rest of a list is no deeper than the list.
  CHECK(code_of(one("6c00000001 6a 6c00000001 6a 6c00000001 6a 6a"_hex), {.depth = 1}) ==
        errc::none);
  CHECK(code_of(one("6c00000001 6c00000001 6a 6a 6a"_hex), {.depth = 1}) == errc::too_deep);
  CHECK(code_of(one("6803 6801 6a 6801 6a 6801 6a"_hex), {.depth = 2}) == errc::none);

  CHECK(code_of(one("6803 6a 6a 6a"_hex), {.elements = 4}) == errc::none);
  CHECK(code_of(one("6803 6a 6a 6a"_hex), {.elements = 3}) == errc::too_large);
  CHECK(code_of(one("6b0003 010203"_hex), {.elements = 3}) == errc::too_large);
  CHECK(code_of(one("6a"_hex), {.elements = 0}) == errc::too_large);

  const std::size_t before = atom::count();
  CHECK(code_of(bytes_of("6802 770d"_hex, "decode_test_a", "770d"_hex, "decode_test_b"),
                {.new_atoms = 1}) == errc::too_many_atoms);
  CHECK(atom::count() == before + 1);
  CHECK(code_of(bytes_of("770d"_hex, "decode_test_a"), {.new_atoms = 0}) == errc::none);
  CHECK(code_of(bytes_of("58 770d"_hex, "decode_test_c", std::string(12, '\0')),
                {.new_atoms = 0}) == errc::too_many_atoms);
}

TEST_CASE("validation accepts what decoding accepts, but for what only decoding can tell") {
  const std::vector<byte_string> accepted{"6c00000000 6107"_hex,
                                          "6e0000"_hex,
                                          "6b0000"_hex,
                                          "4d0000000108ff"_hex,
                                          "5a0000 770161 00000001"_hex,
                                          "430000000001 770161 770162"_hex,
                                          "71 770161 770162 6103"_hex};
  for (const byte_string& bytes : accepted) {
    CHECK(validate(bytes).has_value());
    CHECK(code_of(bytes) == errc::none);
  }
}

TEST_CASE(
    "a map of many keys is checked for duplicates in time that does not grow with its square") {
  constexpr std::uint32_t count = 300'000;
  // Long keys that differ only at their end, in falling order.
  const auto key = [](std::uint32_t i) {
    return bytes_of("6d00000018"_hex, "the same beginning, ", big(i));
  };
  byte_string bytes = bytes_of("74"_hex, big(count));
  for (std::uint32_t i = count; i > 0; --i) {
    const byte_string k = key(i);
    bytes.insert(bytes.end(), k.begin(), k.end());
    bytes.push_back(106);
  }
  const term map = bare(bytes);
  CHECK(map.find(bare(key(1))).has_value());
  CHECK(map.find(bare(key(count))).has_value());
  CHECK_FALSE(map.find(bare(key(count + 1))).has_value());
  const byte_string first = key(1);
  std::copy(first.begin(), first.end(), bytes.begin() + 5);
  CHECK(code_of(bytes) == errc::duplicate_key);
}

TEST_CASE("a compressed term is accepted where it stands alone") {
  // term_to_binary(lists:duplicate(100, 97), [compressed])
  const term expected = bare("6b0064"_hex, std::string(100, 'a'));
  const byte_string bytes = "835000000067789ccb664849a4030000cccb26b4"_hex;
  const result<term> inflated = term::decode(bytes);
  REQUIRE(inflated);
  CHECK(*inflated == expected);
  CHECK(code_of(bytes_of("6801"_hex, bytes)) == errc::unknown_tag);
  CHECK(term::decode("83 50 7fffffff 789c"_hex, {.inflated = 1000}).error().code() ==
        errc::inflated_too_large);
}
