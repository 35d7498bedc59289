#pragma once
/// Terms written as their bytes, for tests.

#include <doctest/doctest.h>
#include <beamnode/etf/term.hpp>

#include <cstring>

#include "support/hex.hpp"

namespace beamnode::test {

/// The same bytes so many times.
inline byte_string repeated(std::size_t times, const byte_string& bytes) {
  byte_string all(times * bytes.size());
  for (std::size_t i = 0; i < times && !bytes.empty(); ++i) {
    std::memcpy(all.data() + i * bytes.size(), bytes.data(), bytes.size());
  }
  return all;
}

/// The term that these bytes (without version byte) are.
template <class... Parts> etf::term bare(const Parts&... parts) {
  const byte_string bytes = bytes_of(parts...);
  const etf::result<etf::term> decoded = etf::term::decode_bare(bytes);
  INFO(to_hex(bytes));
  INFO((decoded ? std::string() : decoded.error().message()));
  REQUIRE(decoded.has_value());
  return *decoded;
}

/// What is wrong with these bytes.
inline etf::errc code_of(const byte_string& bytes, const etf::limits& bounds = {}) {
  const etf::result<etf::term> decoded = etf::term::decode_bare(bytes, bounds);
  return decoded ? etf::errc::none : decoded.error().code();
}

inline byte_string bare_bytes(const etf::term& value) {
  etf::byte_buffer bytes;
  etf::writer out(bytes);
  value.write_to(out);
  return {bytes.data(), bytes.data() + bytes.size()};
}

}  // namespace beamnode::test
