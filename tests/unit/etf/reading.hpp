#pragma once
/// How tests read a value: whole, or to the failure that they expect.

#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "unit/etf/wire_samples.hpp"

namespace beamnode::test {

using etf::atom;
using etf::errc;
using etf::error;
using etf::kind;
using etf::list_header;
using etf::reader;

/// Reads one value with `read` and asks that it was all there was.
template <class Read> auto read_all(const byte_string& bytes, Read read) {
  reader r{bytes, sample_refs()};
  auto value = read(r);
  CAPTURE(to_hex(bytes));
  CHECK(r.failure().message() == error{}.message());
  CHECK(r.at_end());
  return value;
}

inline std::int64_t integer(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_integer(); });
}
inline std::uint64_t unsigned_integer(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_unsigned(); });
}
inline double floating(const byte_string& bytes) {
  return read_all(bytes, [](reader& r) { return r.read_float(); });
}
inline std::string atom_text(const byte_string& bytes) {
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

inline errc integer_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_integer() == 0); });
}
inline errc unsigned_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_unsigned() == 0); });
}
inline errc float_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_float() == 0); });
}
inline errc atom_code(const byte_string& bytes) {
  return code_of(bytes, [](reader& r) { CHECK(r.read_atom() == atom{}); });
}

inline byte_string float_text(std::string_view text) {
  byte_string bytes = bytes_of(99, text);
  bytes.resize(32);
  return bytes;
}

/// Reads a whole value through the typed reads, whatever it is.
inline void read_anything(reader& r) {
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

inline constexpr auto read_integer = [](reader& r) { r.read_integer(); };
inline constexpr auto read_atom = [](reader& r) { r.read_atom(); };
inline constexpr auto skip = [](reader& r) { r.skip(); };

}  // namespace beamnode::test
