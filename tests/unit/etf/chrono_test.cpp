#include <beamnode/etf/chrono.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::test;
using namespace std::chrono;
using etf::errc;

namespace {

template <class T> void check_both_ways(const T& value, std::string_view hex) {
  CHECK(to_hex(etf::encode(value)) == to_hex(from_hex(hex)));
  const etf::result<T> back = etf::decode<T>(from_hex(hex));
  CHECK((back ? "" : back.error().message()) == "");
  if (back) CHECK(to_hex(etf::encode(*back)) == to_hex(from_hex(hex)));
}
template <class T> std::string refusal(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? "it was accepted" : value.error().message();
}

}  // namespace

TEST_CASE("a duration is the number of its units") {
  check_both_ways(milliseconds{5000}, "83 6200001388");
  check_both_ways(seconds{-1}, "83 62ffffffff");
  check_both_ways(duration<double>{1.5}, "83 463ff8000000000000");
  CHECK(etf::decode<milliseconds>("83 6200001388"_hex).value() == seconds{5});
  CHECK(refusal<milliseconds>("83 7708696e66696e697479"_hex) ==
        "expected an integer, got the atom 'infinity' (byte 1)");
}

TEST_CASE("a time is counted from 1970") {
  check_both_ways(sys_seconds{sys_days{2001y / 9 / 9} + 1h + 46min + 40s}, "83 623b9aca00");
  check_both_ways(sys_time<milliseconds>{milliseconds{1'000'000'000'000}}, "83 6e0500 0010a5d4e8");
}

TEST_CASE("dates and times are tuples as calendar has them") {
  check_both_ways(2024y / 2 / 29, "83 6803 62000007e8 6102 611d");
  check_both_ways(0y / 1 / 1, "83 6803 6100 6101 6101");
  check_both_ways(hh_mm_ss<seconds>{23h + 59min + 58s}, "83 6803 6117 613b 613a");
  check_both_ways(local_seconds{local_days{2024y / 2 / 29} + 23h + 59min + 58s},
                  "83 6802 6803 62000007e8 6102 611d 6803 6117 613b 613a");
}

TEST_CASE("dates and times that do not exist are refused") {
  using time = hh_mm_ss<seconds>;
  CHECK(refusal<year_month_day>("83 6803 62000007e7 6102 611d"_hex) ==
        "expected a date {Year, Month, Day}, got a tuple (byte 1)");
  CHECK(refusal<year_month_day>("83 6803 62000007e7 610d 6101"_hex) ==
        "expected a date {Year, Month, Day}, got a tuple (byte 1)");
  // The C++ type has room for 8 bits, and 258 would wrap to February.
  CHECK(refusal<year_month_day>("83 6803 62000007e7 6200000102 6101"_hex) != "it was accepted");
  CHECK(refusal<year_month_day>("83 6803 6200008000 6101 6101"_hex) != "it was accepted");
  CHECK(refusal<year_month_day>("83 6803 62ffffffff 6101 6101"_hex) != "it was accepted");
  CHECK(refusal<time>("83 6803 6118 6100 6100"_hex) ==
        "expected a time of day {Hour, Minute, Second}, got a tuple (byte 1)");
  CHECK(refusal<time>("83 6803 6100 613c 6100"_hex) != "it was accepted");
  CHECK(refusal<time>("83 6803 6100 6100 613c"_hex) != "it was accepted");
  CHECK(refusal<local_seconds>("83 6802 6803 6100 6100 6101 6803 6100 6100 6100"_hex) ==
        "at .element(1): expected a date {Year, Month, Day}, got a tuple (byte 3)");
  CHECK_THROWS_AS(static_cast<void>(etf::encode(2023y / 2 / 29)), etf::bad_result<etf::error>);
  CHECK_THROWS_AS(static_cast<void>(etf::encode(time{24h})), etf::bad_result<etf::error>);
  CHECK_THROWS_AS(static_cast<void>(etf::encode(time{-1s})), etf::bad_result<etf::error>);
}
