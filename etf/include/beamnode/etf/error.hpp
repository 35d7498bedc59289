#pragma once
/// What can be wrong with encoded bytes, or with a value to be encoded.

#include <beamnode/etf/result.hpp>
#include <beamnode/etf/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::etf {

enum class errc : std::uint8_t {
  none,
  truncated,           // the input ends inside a value
  trailing_bytes,      // a whole term, then more
  bad_version,         // the first byte is not 131
  unknown_tag,         // a byte that begins no term
  refused_tag,         // LOCAL_EXT, FUN_EXT, or a tag that is not legal here
  wrong_type,          // a value of another kind than asked for
  wrong_value,         // the right kind, but not the value asked for (a literal, a field name)
  wrong_arity,         // a tuple or record of another size than asked for
  out_of_range,        // an integer that the asked-for type cannot hold
  improper_list,       // a list whose tail is not []
  invalid_utf8,        // in an atom or a text
  atom_too_long,       // more than 255 characters
  too_many_atoms,      // limits::new_atoms, or the process-wide atom table is full
  bad_atom_cache_ref,  // an index without an entry in the message's header
  bad_float,           // NaN, infinity, or malformed old float text
  bad_bits,            // BIT_BINARY_EXT with 0 or more than 8 bits in its last byte, or no bytes
  bad_identifier,      // a pid, port or reference with impossible numbers
  bad_fun,             // a malformed fun
  bad_record,          // a malformed native record
  duplicate_key,       // in a map
  missing_key,         // a map, struct, keyword list or record without a key that the type needs
  bad_json,            // a text that is no JSON
  unknown_atom,        // a name that should be that of an atom of this process, and is not
  too_deep,            // limits::depth
  too_large,           // limits::elements, a count beyond the format's own maximum
  inflated_too_large,  // limits::inflated
  bad_compression,     // zlib refused the bytes, or their size is not what was promised
  bad_text,            // no Erlang term, where text is read
};

/// One sentence part per code, e.g. "the input ends inside a value".
[[nodiscard]] std::string_view name_of(errc code) noexcept;

/// A failure to decode (offset: where the value at fault begins, in bytes from the first one given)
/// or to encode (offset 0).
class error {
 public:
  error() = default;
  /// `path` is how the value at fault is reached, as path() returns it; `detail` is the sentence
  /// without it.
  explicit error(errc code, std::size_t offset = 0, std::string detail = {}, std::string path = {})
      : code_(code), offset_(offset), detail_(std::move(detail)), path_(std::move(path)) {}

  [[nodiscard]] errc code() const noexcept { return code_; }
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  /// How the value at fault is reached from the outermost one, which has the empty path:
  ///     .key ['Odd key'] ["key"] [5]    the value of that key in a map (or of a record's field)
  ///     [0]                             an element of a list, the first one here
  ///     .element(1)                     an element of a tuple, the first one here, as
  ///                                     erlang:element/2 counts; .member where it is a member of
  ///                                     your struct
  ///     [key 2]                         the third key itself
  /// Long paths have "..." in their middle.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// A sentence: "at .items[3].price: expected a float, got the atom 'nil' (byte 118)".
  [[nodiscard]] std::string message() const;

 private:
  errc code_ = errc::none;
  std::size_t offset_ = 0;
  std::string detail_;
  std::string path_;
};

template <class T> using result = basic_result<T, error>;

}  // namespace beamnode::etf
