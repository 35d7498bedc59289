#pragma once
/// How many characters each part of a term takes on one line, worked out once for all of them.

#include <vector>

#include "text_line.hpp"

namespace beamnode::etf {

/// How many characters UTF-8 text has.
[[nodiscard]] std::size_t characters_of(std::string_view text) noexcept;

/// What one value takes on one line.
struct measured {
  std::uint32_t length = 0;
  /// How many values of the table are inside, with the value itself; 0 if it is not in the table.
  std::uint32_t entries = 0;
  /// Written as a whole always: no line can end inside.
  bool is_whole = true;
};

/// Lengths of all values that are not trivial, in the order in which their texts begin, so that a
/// walk through the same term finds each without a search.
class text_measures {
 public:
  /// Lengths beyond `limit` count as limit.
  text_measures(std::uint32_t limit, printable_range range) noexcept
      : limit_(limit), range_(range) {}

  void measure(const detail::cell& root, text_depth depth);
  /// Of a value whose place in the table is `at` if it is there.
  measured of(const detail::cell& c, std::uint32_t at);

 private:
  struct entry {
    std::uint32_t length : 31;
    std::uint32_t is_whole : 1;
    std::uint32_t entries;
  };
  struct unfinished {
    text_parts parts;
    const atom* names = nullptr;
    std::uint32_t at = 0;
    std::uint32_t length = 0;
    bool is_first = true;
  };

  void measure_next();
  void begin(const detail::cell& c, text_depth depth);
  void add(std::size_t length) noexcept;
  std::uint32_t length_of_whole(const detail::cell& c, text_depth depth);

  std::uint32_t limit_;
  printable_range range_;
  std::vector<entry> entries_;
  work_stack<unfinished> open_;
  std::string scratch_;
};

}  // namespace beamnode::etf
