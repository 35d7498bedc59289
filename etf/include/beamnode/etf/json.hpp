#pragma once
/// Terms as JSON texts and back.
///
/// Plain, as OTP's json:encode/1 and Elixir's JSON write them, and what they cannot is refused:
///
///   Erlang                                  JSON
///   true, false                             true, false
///   nil, null                               null
///   other atoms                             string
///   integer of any size                     number
///   float                                   number with a point, the shortest that reads back as
///                                           the same float: 1.0, 1.0e20, -0.0
///   binary that is UTF-8                    string
///   proper list ("text" too)                array
///   map                                     object; keys are atoms, binaries, integers, floats
///   Elixir struct                           object without __struct__
///   tuple, keyword list, improper list,
///   bit string, other binary, pid, port,
///   reference, fun, native record           refused (wrong_type, invalid_utf8, improper_list)
///
/// Read back, null is the atom `json_options::null`, strings and keys are binaries, numbers without
/// point and exponent integers. An object with the same key twice is refused (duplicate_key); OTP
/// takes the first, Elixir the last.
///
/// Lossless: every term has a text, and it reads back as exactly the same term.
///
///   nil (json_options::null)                null
///   other atoms                             {"$atom":"ok"}
///   integers beyond 64 bits                 {"$integer":"18446744073709551616"}
///   other binaries                          {"$binary":"/w=="} (base64)
///   bit string                              {"$bits":["oA==",3]} (bits used of the last byte)
///   tuple                                   {"$tuple":[...]}
///   improper list                           {"$list":[[1,2],Tail]}
///   map with other keys than UTF-8 binaries
///   or with a key that begins with $        {"$map":[[Key,Value],...]}
///   pid                                     {"$pid":["city_a@127.0.0.1",110,0,Creation]}
///   port                                    {"$port":["city_a@127.0.0.1",5,Creation]}
///   reference                               {"$reference":["city_a@127.0.0.1",Creation,[Words]]}
///   fun M:F/A                               {"$fun":["M","F",A]}
///   native record {"$record":[Exported,"Module","Name",["Field"],[Value]]} other funs, integers
///   beyond 1,024 bytes {"$external":"..."} (external term format, base64)
///
/// Nothing recurses: depth is bounded by memory and json_options::bounds alone.

#include <beamnode/etf/limits.hpp>
#include <beamnode/etf/term.hpp>

#include <string>
#include <string_view>

namespace beamnode::etf {

enum class json_keys : std::uint8_t {
  binaries,
  existing_atoms,  // of this process; others are refused (unknown_atom)
};

struct json_options {
  bool lossless = false;
  /// What from_json() makes of the keys of objects; lossless texts have binaries.
  json_keys keys = json_keys::binaries;
  /// What from_json() makes of null: nil as in Elixir, or null as in OTP's json.
  atom null = atom("nil");
  /// What from_json() may allocate.
  limits bounds = {};
};

/// Failures have a path() and no offset.
[[nodiscard]] result<std::string> to_json(const term& value, const json_options& options = {});

/// One JSON text (RFC 8259, UTF-8) with nothing but white space around it. Fails with bad_json and
/// the offset where it ceases to be one, out_of_range for numbers no float can hold and integers of
/// more than 4,900 digits, or as term::decode() does.
[[nodiscard]] result<term> from_json(std::string_view text, const json_options& options = {});

}  // namespace beamnode::etf
