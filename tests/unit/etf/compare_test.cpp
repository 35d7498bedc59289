#include <doctest/doctest.h>
#include <beamnode/etf/term.hpp>

#include <functional>

#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

byte_string fun(const char* arity, const char* uniq, const char* index, const char* old_index,
                const char* old_uniq, const char* creator, const char* variable) {
  return bytes_of("70 00000000"_hex, from_hex(arity), std::string(15, '\0'), from_hex(uniq),
                  "000000"_hex, from_hex(index), "00000001 770161 61"_hex, from_hex(old_index),
                  "61"_hex, from_hex(old_uniq), "58770162 00000001 00000000 000000"_hex,
                  from_hex(creator), from_hex(variable));
}

void check_equal(const term& a, const term& b) {
  CHECK(a == b);
  CHECK(b == a);
  CHECK(std::hash<term>{}(a) == std::hash<term>{}(b));
}

}  // namespace

TEST_CASE("no two of many different terms are equal") {
  const std::vector<term> all{bare("6100"_hex),
                              bare("6101"_hex),
                              bare("62ffffffff"_hex),
                              bare("460000000000000000"_hex),
                              bare("468000000000000000"_hex),
                              bare("463ff0000000000000"_hex),
                              bare("6e0900 000000000000000001"_hex),
                              bare("6e0901 000000000000000001"_hex),
                              bare("6e0900 000000000000000002"_hex),
                              bare("6e0a00 00000000000000000001"_hex),
                              bare("770161"_hex),
                              bare("770162"_hex),
                              bare("7700"_hex),
                              bare("6a"_hex),
                              bare("6800"_hex),
                              bare("6801 6a"_hex),
                              bare("6802 6a 6a"_hex),
                              bare("6801 6800"_hex),
                              bare("6801 6101"_hex),
                              bare("7400000000"_hex),
                              bare("7400000001 6a 6a"_hex),
                              bare("7400000001 6a 6101"_hex),
                              bare("7400000001 6101 6a"_hex),
                              bare("7400000002 6a 6a 6101 6a"_hex),
                              bare("6b000101"_hex),
                              bare("6b00020101"_hex),
                              bare("6b000102"_hex),
                              bare("6c00000001 6101 6102"_hex),
                              bare("6c00000001 6101 770161"_hex),
                              bare("6c00000001 6a 6a"_hex),
                              bare("6c00000001 6b000101 6a"_hex),
                              bare("6c00000001 6101 6800"_hex),
                              bare("6c00000001 6101 7400000000"_hex),
                              bare("6d00000000"_hex),
                              bare("6d0000000101"_hex),
                              bare("6d000000020101"_hex),
                              bare("4d0000000101 00"_hex),
                              bare("4d0000000102 00"_hex),
                              bare("6d0000000100"_hex),
                              bare("58 770161 00000001 00000000 00000000"_hex),
                              bare("58 770162 00000001 00000000 00000000"_hex),
                              bare("58 770161 00000002 00000000 00000000"_hex),
                              bare("58 770161 00000001 00000001 00000000"_hex),
                              bare("58 770161 00000001 00000000 00000001"_hex),
                              bare("59 770161 00000001 00000000"_hex),
                              bare("59 770161 00000002 00000000"_hex),
                              bare("59 770161 00000001 00000001"_hex),
                              bare("5a0001 770161 00000000 00000001"_hex),
                              bare("5a0002 770161 00000000 00000001 00000001"_hex),
                              bare("5a0001 770161 00000001 00000001"_hex),
                              bare("5a0001 770162 00000000 00000001"_hex),
                              bare("71 770161 770162 6101"_hex),
                              bare("71 770161 770162 6102"_hex),
                              bare("71 770162 770161 6101"_hex),
                              bare(fun("01", "01", "01", "01", "01", "01", "6101")),
                              bare(fun("01", "01", "01", "01", "01", "01", "6102")),
                              bare(fun("02", "01", "01", "01", "01", "01", "6101")),
                              bare(fun("01", "02", "01", "01", "01", "01", "6101")),
                              bare(fun("01", "01", "02", "01", "01", "01", "6101")),
                              bare(fun("01", "01", "01", "01", "02", "01", "6101")),
                              bare("43 00000001 00 770161 770162 770178 6101"_hex),
                              bare("43 00000001 01 770161 770162 770178 6101"_hex),
                              bare("43 00000001 00 770161 770162 770179 6101"_hex),
                              bare("43 00000001 00 770161 770162 770178 6102"_hex),
                              bare("43 00000001 00 770161 770163 770178 6101"_hex),
                              bare("43 00000001 00 770163 770162 770178 6101"_hex),
                              bare("43 00000000 00 770161 770162"_hex)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      CAPTURE(all[i].to_string());
      CAPTURE(all[j].to_string());
      CHECK((all[i] == all[j]) == (i == j));
    }
    check_equal(all[i], all[i].compact());
  }
}

TEST_CASE("the maker of a fun and its old index are no part of its identity") {
  check_equal(bare(fun("01", "01", "01", "01", "01", "01", "6101")),
              bare(fun("01", "01", "01", "02", "01", "02", "6101")));
}

TEST_CASE("references are equal if only zero words are missing") {
  check_equal(bare("5a0001 770161 00000000 00000001"_hex),
              bare("5a0003 770161 00000000 00000001 00000000 00000000"_hex));
}

TEST_CASE("maps are equal whatever the order of their pairs, at any level") {
  check_equal(bare("7400000003 6101 770161 6102 770162 6103 770163"_hex),
              bare("7400000003 6103 770163 6101 770161 6102 770162"_hex));
  check_equal(bare("6801 7400000002 7400000002 6101 6a 6102 6a 6105 6a 6106"_hex),
              bare("6801 7400000002 6a 6106 7400000002 6102 6a 6101 6a 6105"_hex));
  CHECK_FALSE(bare("7400000002 6101 6102 6103 6104"_hex) ==
              bare("7400000002 6101 6104 6103 6102"_hex));
  CHECK_FALSE(bare("7400000002 6101 6102 6103 6104"_hex) ==
              bare("7400000002 6101 6102 6104 6103"_hex));
}

TEST_CASE("lists are equal however they are cut into headers") {
  const term whole = bare("6c00000004 6101 6102 770161 6103 6a"_hex);
  check_equal(whole, bare("6c00000002 6101 6102 6c00000001 770161 6b000103"_hex));
  check_equal(whole, bare("6c00000001 6101 6c00000003 6102 770161 6103 6a"_hex));
  check_equal(whole.tail(), bare("6c00000001 6102 6c00000002 770161 6103 6a"_hex));
  CHECK_FALSE(whole == bare("6c00000002 6101 6102 6c00000001 770161 6b000104"_hex));
  CHECK_FALSE(whole == bare("6c00000002 6101 6102 6c00000001 770161 6b00020304"_hex));
  CHECK_FALSE(bare("6c00000002 6101 6102 6103"_hex) == bare("6c00000002 6101 6102 6104"_hex));
  CHECK_FALSE(bare("6c00000002 6101 6102 6103"_hex) == bare("6b0002 0102"_hex));
  CHECK_FALSE(bare("6b0002 0102"_hex) == bare("6c00000002 6101 6102 6103"_hex));
}

TEST_CASE("a large map and the same in reverse order are equal, a changed one is not") {
  constexpr std::uint32_t count = 2000;
  const auto pair = [](std::uint32_t i, std::uint32_t value) {
    return bytes_of("6801 62"_hex, big(i * 7919), "62"_hex, big(value));
  };
  byte_string forward = bytes_of("74"_hex, big(count));
  byte_string backward = forward;
  byte_string changed = forward;
  for (std::uint32_t i = 0; i < count; ++i) {
    forward = bytes_of(forward, pair(i, i));
    backward = bytes_of(backward, pair(count - 1 - i, count - 1 - i));
    changed = bytes_of(changed, pair(i, i == 1234 ? 0 : i));
  }
  check_equal(bare(forward), bare(backward));
  CHECK_FALSE(bare(forward) == bare(changed));
}
