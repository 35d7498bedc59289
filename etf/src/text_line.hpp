#pragma once
/// Terms on one line, as Erlang writes them.

#include <beamnode/etf/text.hpp>

#include <string>

#include "text_parts.hpp"
#include "work_stack.hpp"

namespace beamnode::etf {

/// Whether Erlang writes this list as a string.
[[nodiscard]] bool is_string(const detail::cell& list, printable_range range) noexcept;

/// Cuts text beyond `max_bytes` at a character, with three dots at the end.
void cut_text(std::string& text, std::size_t max_bytes);

/// The bytes of a bit string as Erlang writes them between << and >>, one at a time.
class byte_items {
 public:
  byte_items(const detail::cell& bits, text_depth depth) noexcept : bits_(bits), depth_(depth) {}

  [[nodiscard]] bool done() const noexcept { return at_ == bits_.aux; }
  /// The next one, or the dots for all that are left. Valid until the next call.
  std::string_view take();

 private:
  detail::cell bits_;
  text_depth depth_;
  std::size_t at_ = 0;
  std::string text_;
};

/// Appends terms to a text until it has more than `enough` bytes.
class line_writer {
 public:
  line_writer(std::string& out, std::size_t enough,
              printable_range range = printable_range::unicode) noexcept
      : out_(out), enough_(enough), range_(range) {}

  [[nodiscard]] bool is_full() const noexcept { return out_.size() > enough_; }
  void write(const detail::cell& root, text_depth depth);
  /// A binary as <<"...">>; false, and nothing written, for one that is no text.
  bool write_text_binary(const detail::cell& bits, text_depth depth);
  /// The name of a node inside an identifier.
  static void append_node(std::string& out, atom node);
  /// `#module:name`
  void write_record_name(const detail::cell& record);

 private:
  struct unfinished {
    text_parts parts;
    const atom* names = nullptr;
    bool is_first = true;
  };

  void write_next();
  void write_one(const detail::cell& c, text_depth depth);
  void write_list(const detail::cell& list, text_depth depth);
  void write_bits(const detail::cell& c, text_depth depth);
  void open(std::string_view opening, const detail::cell& c, text_depth depth);
  void write_atom(std::uint64_t index);
  void write_fun(const detail::fun_payload& fun);
  void begin_identifier(std::string_view opening, atom node);
  void append_number(std::uint64_t number);

  std::string& out_;
  std::size_t enough_;
  printable_range range_;
  work_stack<unfinished> open_;
};

}  // namespace beamnode::etf
