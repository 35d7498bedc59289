#pragma once
/// Codecs of <chrono>, apart from codec.hpp's because that header takes as long to compile as all
/// others together.
///
///   C++                                     Erlang
///   duration of any unit                    number of units: milliseconds as timeouts are in
///   Erlang sys_time of any unit                    number of units since 1970-01-01 00:00 UTC, as
///                                           os:system_time(Unit)
///   year_month_day                          {Year, Month, Day}, a calendar:date()
///   hh_mm_ss<seconds>                       {Hour, Minute, Second}, a calendar:time()
///   local_seconds, zoneless                 {{Y, M, D}, {H, M, S}}, a calendar:datetime()
///
/// Durations and times are integers, or floats where the C++ type counts in floating point. Dates
/// and times of day that do not exist are refused on both sides (out_of_range); the years of
/// calendar:date() are 0 to 32767 here.

#include <beamnode/etf/codec.hpp>

#include <chrono>
#include <string>

namespace beamnode::etf {

template <class Rep, class Period> struct codec<std::chrono::duration<Rep, Period>> {
  using duration = std::chrono::duration<Rep, Period>;
  static void encode(writer& w, duration value) { codec<Rep>::encode(w, value.count()); }
  static duration decode(reader& r) { return duration{codec<Rep>::decode(r)}; }
};

template <class Duration> struct codec<std::chrono::sys_time<Duration>> {
  using time = std::chrono::sys_time<Duration>;
  static void encode(writer& w, time value) {
    codec<Duration>::encode(w, value.time_since_epoch());
  }
  static time decode(reader& r) { return time{codec<Duration>::decode(r)}; }
};

template <> struct codec<std::chrono::year_month_day> {
  using date = std::chrono::year_month_day;
  static void encode(writer& w, date value) {
    if (!value.ok() || int{value.year()} < 0) return w.fail(errc::out_of_range);
    w.write_tuple(3);
    w.write_integer(int{value.year()});
    w.write_unsigned(unsigned{value.month()});
    w.write_unsigned(unsigned{value.day()});
  }
  static date decode(reader& r) {
    using namespace std::chrono;
    const std::uint8_t* const at = r.position();
    r.expect_tuple(3);
    const std::uint64_t y = r.read_unsigned();
    const std::uint64_t m = r.read_unsigned();
    const std::uint64_t d = r.read_unsigned();
    if (!r.ok()) return {};
    if (y <= 32767 && m <= 12 && d <= 31) {
      const date value{year{static_cast<int>(y)}, month{static_cast<unsigned>(m)},
                       day{static_cast<unsigned>(d)}};
      if (value.ok()) return value;
    }
    r.fail_at(
        at, errc::out_of_range, +[] { return std::string("a date {Year, Month, Day}"); });
    return {};
  }
};

template <> struct codec<std::chrono::hh_mm_ss<std::chrono::seconds>> {
  using time = std::chrono::hh_mm_ss<std::chrono::seconds>;
  static void encode(writer& w, const time& value) {
    if (value.is_negative() || value.hours() >= std::chrono::hours{24}) {
      return w.fail(errc::out_of_range);
    }
    w.write_tuple(3);
    w.write_integer(value.hours().count());
    w.write_integer(value.minutes().count());
    w.write_integer(value.seconds().count());
  }
  static time decode(reader& r) {
    const std::uint8_t* const at = r.position();
    r.expect_tuple(3);
    const std::uint64_t h = r.read_unsigned();
    const std::uint64_t m = r.read_unsigned();
    const std::uint64_t s = r.read_unsigned();
    if (!r.ok()) return {};
    if (h < 24 && m < 60 && s < 60) {
      return time{std::chrono::seconds{static_cast<std::int64_t>(3600 * h + 60 * m + s)}};
    }
    r.fail_at(
        at, errc::out_of_range,
        +[] { return std::string("a time of day {Hour, Minute, Second}"); });
    return {};
  }
};

template <> struct codec<std::chrono::local_seconds> {
  using date_codec = codec<std::chrono::year_month_day>;
  using time_codec = codec<std::chrono::hh_mm_ss<std::chrono::seconds>>;
  static void encode(writer& w, std::chrono::local_seconds value) {
    const auto day = std::chrono::floor<std::chrono::days>(value);
    w.write_tuple(2);
    date_codec::encode(w, std::chrono::year_month_day{day});
    time_codec::encode(w, time_codec::time{value - day});
  }
  static std::chrono::local_seconds decode(reader& r) {
    r.expect_tuple(2);
    const std::chrono::year_month_day date = date_codec::decode(r);
    const time_codec::time time = time_codec::decode(r);
    if (!r.ok()) return {};
    return std::chrono::local_days{date} + time.to_duration();
  }
};

}  // namespace beamnode::etf
