#pragma once
/// Encodes what the grammar recognises in Erlang text.

#include <beamnode/etf/detail/text_grammar.hpp>
#include <beamnode/etf/error.hpp>
#include <beamnode/etf/limits.hpp>
#include <beamnode/etf/writer.hpp>

#include <vector>

#include "bit_writer.hpp"
#include "text_template.hpp"

namespace beamnode::etf {

class text_builder {
 public:
  using problem = detail::text_problem;
  using frame_kind = detail::text_frame_kind;

  text_builder(detail::text_use use, const limits& bounds) noexcept
      : use_(use), elements_left_(bounds.elements), bits_left_(bounds.inflated) {}

  /// Remembers which value of the text the byte at `offset` of the encoding belongs to.
  void watch(std::size_t offset) noexcept { watched_ = offset; }
  [[nodiscard]] std::size_t watched() const noexcept { return watched_text_; }

  /// The whole encoding, when the grammar is done.
  [[nodiscard]] text_template finish();

  problem begin_value(std::size_t offset);
  problem put_number(std::string_view text, detail::token_kind kind, bool negative);
  problem put_atom(std::string_view text);
  problem put_string(std::string_view text);
  problem put_binary(std::string_view text);
  problem put_fun(std::string_view module, std::string_view function, std::uint8_t arity);
  problem put_variable(std::size_t index);
  problem put_anonymous();
  std::size_t open(frame_kind what, bool is_in_key);
  std::size_t open_record(std::string_view module, std::string_view name);
  problem put_field(std::size_t mark, std::string_view name);
  problem put_tail(std::size_t mark, std::uint32_t count);
  problem close(frame_kind what, std::size_t mark, std::uint32_t count);
  std::size_t open_bits() noexcept { return bits_.size(); }
  problem put_segment(const detail::text_segment& segment, std::size_t mark);
  problem put_bytes(std::string_view text);
  problem close_bits(std::size_t mark);

  /// Of the text that segments refer to.
  void set_text(std::string_view text) noexcept { text_ = text; }

 private:
  struct field {
    std::size_t record;  // its mark
    std::string_view name;
  };

  void put_marker(std::uint32_t id);
  void put_name(byte_buffer& out, std::string_view text);
  [[nodiscard]] std::size_t begin_count(tag t);
  void set_count(std::size_t mark, std::uint32_t count) noexcept;
  bool shorten_to_string(std::size_t mark, std::uint32_t count) noexcept;
  void insert_fields();

  problem put_nested_bits(const detail::text_segment& segment, std::size_t mark);
  problem put_string_segment(const detail::text_segment& segment, std::string_view strings);
  problem put_number_segment(const detail::text_segment& segment, std::string_view text);
  problem put_integer_bits(const detail::text_segment& segment, big_view value);
  problem put_float_bits(const detail::text_segment& segment, double value);
  problem put_character_bits(const detail::text_segment& segment, std::uint32_t c);
  problem reserve_bits(std::uint64_t bits);

  detail::text_use use_;
  std::size_t elements_left_;
  std::size_t bits_left_;  // in bytes
  std::string_view text_;
  byte_buffer out_;
  std::vector<text_template::hole> holes_;
  std::vector<field> fields_;
  bit_writer bits_;
  std::vector<std::uint8_t> magnitude_;
  std::vector<std::uint32_t> characters_;
  std::string name_;
  std::size_t watched_ = static_cast<std::size_t>(-1);
  std::size_t watched_text_ = 0;
};

/// Calls `each` with the characters of strings that stand one behind the other.
template <class Each>
detail::text_problem for_each_character(std::string_view strings, const Each& each) {
  detail::text_scanner scanner(strings);
  for (detail::token t = scanner.next(); t.kind != detail::token_kind::end; t = scanner.next()) {
    const detail::text_problem p = detail::for_each_quoted(scanner.text_of(t), each);
    if (p != detail::text_problem::none) return p;
  }
  return detail::text_problem::none;
}

/// `text`, encoded as a literal, format or pattern.
struct built_text {
  text_template encoded;
  std::vector<std::string> variables;
};
[[nodiscard]] result<built_text> build_text(std::string_view text, detail::text_use use,
                                            const limits& bounds);
/// The error of decoding what build_text() encoded, with the place in the text.
[[nodiscard]] error locate_in_text(std::string_view text, detail::text_use use,
                                   const limits& bounds, const error& of_decoding);

}  // namespace beamnode::etf
