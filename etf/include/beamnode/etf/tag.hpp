#pragma once
/// The tags of the external term format under their official names (erl_ext_dist), and the kinds
/// of value they make.

#include <array>
#include <cstdint>
#include <string_view>

namespace beamnode::etf {

/// First byte of every term that stands alone (not inside distribution messages with a header).
inline constexpr std::uint8_t version_magic = 131;

enum class tag : std::uint8_t {
  record = 67,  // OTP 29
  new_float = 70,
  bit_binary = 77,
  compressed = 80,      // only right behind version_magic
  atom_cache_ref = 82,  // only in distribution messages with a header
  new_pid = 88,
  new_port = 89,
  newer_reference = 90,
  small_integer = 97,
  integer = 98,
  float_text = 99,    // legacy FLOAT_EXT
  atom_latin1 = 100,  // legacy ATOM_EXT
  reference = 101,    // legacy
  port = 102,         // legacy
  pid = 103,          // legacy
  small_tuple = 104,
  large_tuple = 105,
  nil = 106,
  string = 107,  // a list of bytes
  list = 108,
  binary = 109,
  small_big = 110,
  large_big = 111,
  new_fun = 112,
  export_fun = 113,
  new_reference = 114,      // legacy
  small_atom_latin1 = 115,  // legacy
  map = 116,
  fun = 117,  // refused, as OTP 23 and later do
  atom_utf8 = 118,
  small_atom_utf8 = 119,
  v4_port = 120,
  local = 121,  // refused: meaningful only to the VM that wrote it
};

/// What a value is. In Erlang's order of types; integer and floating compare as one type, number.
enum class kind : std::uint8_t {
  none,  // no value: end of input, or a tag that begins no term
  integer,
  floating,
  atom,
  reference,
  fun,
  port,
  pid,
  tuple,
  record,
  map,
  nil,
  list,
  bit_string,  // binaries too
};

namespace detail {
consteval std::array<kind, 256> make_kinds() {
  std::array<kind, 256> kinds{};
  const auto set = [&kinds](tag t, kind k) { kinds.at(static_cast<std::uint8_t>(t)) = k; };
  for (const tag t : {tag::small_integer, tag::integer, tag::small_big, tag::large_big}) {
    set(t, kind::integer);
  }
  for (const tag t : {tag::new_float, tag::float_text}) set(t, kind::floating);
  for (const tag t : {tag::atom_cache_ref, tag::atom_latin1, tag::small_atom_latin1, tag::atom_utf8,
                      tag::small_atom_utf8}) {
    set(t, kind::atom);
  }
  for (const tag t : {tag::newer_reference, tag::new_reference, tag::reference}) {
    set(t, kind::reference);
  }
  for (const tag t : {tag::new_fun, tag::export_fun}) set(t, kind::fun);
  for (const tag t : {tag::new_port, tag::v4_port, tag::port}) set(t, kind::port);
  for (const tag t : {tag::new_pid, tag::pid}) set(t, kind::pid);
  for (const tag t : {tag::small_tuple, tag::large_tuple}) set(t, kind::tuple);
  set(tag::record, kind::record);
  set(tag::map, kind::map);
  set(tag::nil, kind::nil);
  for (const tag t : {tag::list, tag::string}) set(t, kind::list);
  for (const tag t : {tag::binary, tag::bit_binary}) set(t, kind::bit_string);
  return kinds;
}
inline constexpr std::array<kind, 256> kinds = make_kinds();
}  // namespace detail

/// The kind of value that a term with this first byte is; kind::none for bytes that begin none, and
/// for the refused tags. (LIST_EXT of length 0 denotes its tail: reader::peek() looks behind it.)
[[nodiscard]] constexpr kind kind_of(std::uint8_t tag_byte) noexcept {
  return detail::kinds[tag_byte];
}

/// With its article, as a sentence needs it: "an integer", "a map".
[[nodiscard]] std::string_view name_of(kind k) noexcept;

}  // namespace beamnode::etf
