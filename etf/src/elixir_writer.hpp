#pragma once
/// Writes terms as Elixir's inspect does.

#include <beamnode/etf/elixir_text.hpp>

#include "text_parts.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {

class elixir_writer {
 public:
  /// Stops once `out` has more than `enough` bytes.
  elixir_writer(std::string& out, std::size_t enough, const elixir_options& options) noexcept
      : out_(out),
        enough_(enough),
        width_(options.line_width),
        left_to_write_(options.limit),
        structs_(options.structs) {}

  void write(const detail::cell& root);

 private:
  enum class shape : std::uint8_t { plain, pairs, keywords, list_of_keywords };

  /// A container whose text has begun.
  struct unfinished {
    text_parts parts;
    std::string_view closing;
    std::size_t indent = 0;  // of its lines
    std::size_t left_behind_tail = 0;
    shape what = shape::plain;
    bool is_first = true;
    bool is_struct = false;
    bool keys_only = false;
    bool is_flat = true;      // all on one line
    bool fills_lines = true;  // else one element a line
    bool has_tail = false;
    bool had_no_charlists = false;
  };

  [[nodiscard]] bool is_full() const noexcept { return out_.size() > enough_; }
  [[nodiscard]] std::size_t column() noexcept;

  void write_next();
  void write_element(unfinished& in);
  void write_dots(const unfinished& in);
  void close();
  void write_one(const detail::cell& c);
  void write_list(const detail::cell& c);
  void write_map(const detail::cell& c);
  void write_tuple(const detail::cell& c);
  void write_bits(const detail::cell& c);
  void write_leaf(const detail::cell& c);
  void write_identifier(std::string_view opening, atom node,
                        std::initializer_list<std::uint64_t> numbers);
  void write_function(const detail::cell& c);
  void begin(std::string_view opening, unfinished in, bool is_flat);
  /// What stands between an element of so many bytes, its comma or bracket included, and the one
  /// before.
  void separate(const unfinished& in, std::string_view separator, std::size_t behind);
  void break_line(std::size_t indent);
  /// Whether a container that takes so many bytes up to its last break is written on this line.
  [[nodiscard]] bool is_flat(const detail::cell& c);
  [[nodiscard]] bool is_within_flat() noexcept;
  [[nodiscard]] std::size_t indent() noexcept;
  [[nodiscard]] std::size_t length_of_next(const unfinished& in) const;

  [[nodiscard]] bool is_charlist(const detail::cell& list) const noexcept;
  [[nodiscard]] bool is_text(const detail::cell& bits) const noexcept;
  [[nodiscard]] bool is_simple(const detail::cell& c) const;
  [[nodiscard]] bool has_simple_elements(const detail::cell& list) const;
  /// How many bytes a value takes on one line, more than the line has if it does not fit.
  [[nodiscard]] std::size_t length_of(const detail::cell& c, std::size_t enough) const;
  /// The same up to the last place where a line could end.
  [[nodiscard]] std::size_t breakable_length_of(detail::cell c, std::size_t enough) const;
  [[nodiscard]] static bool is_hidden(const detail::cell& key) noexcept;
  static void skip_hidden(unfinished& in) noexcept;

  std::string& out_;
  std::size_t enough_;
  std::size_t width_;
  std::size_t left_to_write_;
  bool structs_;
  bool no_charlists_ = false;  // in the container that is being written
  std::size_t line_start_ = 0;
  work_stack<unfinished> open_;
};

}  // namespace beamnode::etf
