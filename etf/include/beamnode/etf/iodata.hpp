#pragma once
/// Data as ports, sockets and files take it: a binary, or a list of bytes, binaries and further
/// such lists, which may end in a binary: `["HTTP/1.1 ", <<"200">>, 13, 10 | Body]`.

#include <beamnode/etf/codec.hpp>

namespace beamnode::etf {

/// The bytes of any iodata, in their order, as erlang:iolist_to_binary/1 makes them. Written as a
/// binary.
struct iodata {
  byte_buffer bytes;
  [[nodiscard]] std::string_view text() const noexcept { return as_text(bytes.view()); }
  friend bool operator==(const iodata&, const iodata&) = default;
};

/// Lists of any depth: nothing recurses.
template <> struct codec<iodata> {
  static void encode(writer& w, const iodata& value) { w.write_binary(value.bytes); }
  static iodata decode(reader& r);
};

}  // namespace beamnode::etf
