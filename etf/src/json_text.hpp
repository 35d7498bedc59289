#pragma once
/// What both directions of JSON share.

#include <beamnode/etf/bytes.hpp>

#include <string>
#include <string_view>

namespace beamnode::etf::json_text {

/// Integers with a longer magnitude have no decimal text in lossless JSON.
inline constexpr std::size_t max_decimal_bytes = 1024;

/// The keys that make an object another term than a map, in lossless JSON.
enum class mark : std::uint8_t {
  none,
  atom,
  integer,
  binary,
  bits,
  tuple,
  list,
  map,
  pid,
  port,
  reference,
  fun,
  record,
  external,
};

inline constexpr std::string_view name_of(mark m) noexcept {
  switch (m) {
    case mark::none: return "";
    case mark::atom: return "$atom";
    case mark::integer: return "$integer";
    case mark::binary: return "$binary";
    case mark::bits: return "$bits";
    case mark::tuple: return "$tuple";
    case mark::list: return "$list";
    case mark::map: return "$map";
    case mark::pid: return "$pid";
    case mark::port: return "$port";
    case mark::reference: return "$reference";
    case mark::fun: return "$fun";
    case mark::record: return "$record";
    case mark::external: return "$external";
  }
  return "";
}

/// mark::none for any other text.
inline constexpr mark mark_of(std::string_view key) noexcept {
  for (auto m = mark::atom; m <= mark::external;
       m = static_cast<mark>(static_cast<std::uint8_t>(m) + 1)) {
    if (name_of(m) == key) return m;
  }
  return mark::none;
}

}  // namespace beamnode::etf::json_text
