#pragma once
/// Makes encoded terms out of the events of a JSON parser.

#include <beamnode/etf/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "json_text.hpp"

namespace beamnode::etf {

/// Every function returns false after a failure.
class json_builder {
 public:
  explicit json_builder(const json_options& options) noexcept : options_(options), out_(bytes_) {}

  bool on_null();
  bool on_boolean(bool value);
  bool on_integer(std::int64_t value);
  bool on_unsigned(std::uint64_t value);
  /// A number with a point or an exponent, or an integer beyond 64 bits.
  bool on_number(std::string_view text);
  bool on_string(std::string_view text);
  bool begin_object();
  bool on_key(std::string_view key);
  bool end_object();
  bool begin_array();
  bool end_array();

  /// Of the parser itself.
  void fail_parsing(std::size_t offset, std::string_view why);

  [[nodiscard]] bool ok() const noexcept { return code_ == errc::none; }
  [[nodiscard]] error failure() const;
  /// The one term, when ok() and the text has ended.
  [[nodiscard]] result<term> take() const;

 private:
  using mark = json_text::mark;

  /// What an array or object that has begun becomes.
  enum class part : std::uint8_t {
    list,
    map,
    marked,         // the object around a mark; its value
    tuple,          // the array of $tuple
    improper,       // the array of $list
    improper_head,  // its first element
    pairs,          // the array of $map
    pair,           // one of its elements
    record,         // the array of $record
    names,          // its fourth element
    values,         // its fifth
  };
  struct unfinished {
    std::size_t start = 0;  // offset of its header in the bytes
    std::size_t key = 0;    // offset of the last key
    std::uint32_t count = 0;
    part what = part::list;
    mark as = mark::none;
  };

  bool begin_value(bool is_array);
  bool begin_value_of_record(bool is_array);
  part part_of_array() const noexcept;
  void open(part what, tag header, std::size_t header_size = 5);
  void store_count(const unfinished& of);
  void write_atom_text(std::string_view text);
  bool rewrite(const unfinished& object);
  bool write_marked(mark as, const byte_buffer& value);
  void put(std::uint8_t byte) { bytes_.append(byte); }
  template <class T> void put_number(T value) { store_big(bytes_.extend(sizeof(T)), value); }
  bool fail(errc code, std::string sentence = {});
  [[nodiscard]] std::string path() const;

  const json_options& options_;
  byte_buffer bytes_;
  writer out_;
  std::vector<unfinished> open_;
  std::size_t values_ = 0;
  errc code_ = errc::none;
  std::size_t offset_ = 0;
  std::string sentence_;
  std::string path_;
};

}  // namespace beamnode::etf
