#pragma once
/// How far one value reaches in encoded terms: what walks over terms without making anything of
/// them needs no more.

#include <beamnode/etf/bytes.hpp>
#include <beamnode/etf/tag.hpp>

namespace beamnode::etf {

inline constexpr std::size_t fun_header =
    1 + 4 + 1 + 16 + 4 + 4;                   // up to the number of free variables
inline constexpr std::size_t fun_fields = 4;  // module, old index, old uniq, pid

/// Of the atom at the front of `left`; 0 if none is there.
inline std::size_t size_of_atom(bytes_view left) noexcept {
  if (left.size() < 2) return 0;
  switch (static_cast<tag>(left[0])) {
    case tag::atom_cache_ref: return 2;
    case tag::small_atom_utf8:
    case tag::small_atom_latin1: return std::size_t{2} + left[1];
    case tag::atom_utf8:
    case tag::atom_latin1:
      return left.size() < 3 ? 0 : std::size_t{3} + load_big<std::uint16_t>(left.data() + 1);
    default: return 0;
  }
}

/// How many bytes of a value come before its nested terms, and how many nested terms there are.
/// size is 0 if the input ends before that is known.
struct extent {
  std::size_t size = 0;
  std::size_t nested = 0;
  bool is_term = true;
};

class extent_finder {
 public:
  explicit extent_finder(bytes_view left) noexcept : left_(left) {}

  [[nodiscard]] extent find() const noexcept {
    switch (static_cast<tag>(left_[0])) {
      case tag::nil: return {1};
      case tag::small_integer:
      case tag::atom_cache_ref: return {2};
      case tag::integer: return {5};
      case tag::new_float: return {9};
      case tag::float_text: return {32};
      case tag::small_atom_utf8:
      case tag::small_atom_latin1: return counted<std::uint8_t>(2);
      case tag::atom_utf8:
      case tag::atom_latin1:
      case tag::string: return counted<std::uint16_t>(3);
      case tag::binary: return counted<std::uint32_t>(5);
      case tag::bit_binary: return counted<std::uint32_t>(6);
      case tag::small_big: return counted<std::uint8_t>(3);
      case tag::large_big: return counted<std::uint32_t>(6);
      case tag::new_pid: return behind_node(1, 12);
      case tag::pid: return behind_node(1, 9);
      case tag::new_port: return behind_node(1, 8);
      case tag::v4_port: return behind_node(1, 12);
      case tag::port:
      case tag::reference: return behind_node(1, 5);
      case tag::newer_reference: return behind_node(3, 4 + 4 * words());
      case tag::new_reference: return behind_node(3, 1 + 4 * words());
      case tag::small_tuple: return nesting<std::uint8_t>(2, 1, 0);
      case tag::large_tuple: return nesting<std::uint32_t>(5, 1, 0);
      case tag::list: return nesting<std::uint32_t>(5, 1, 1);
      case tag::map: return nesting<std::uint32_t>(5, 2, 0);
      case tag::record: return nesting<std::uint32_t>(6, 2, 2);
      case tag::export_fun: return {1, 3};
      case tag::new_fun:
        if (left_.size() < fun_header) return {};
        return {fun_header, fun_fields + load_big<std::uint32_t>(left_.data() + fun_header - 4)};
      default: return {0, 0, false};
    }
  }

 private:
  template <class Count> [[nodiscard]] extent counted(std::size_t header) const noexcept {
    if (left_.size() < header) return {};
    return {header + load_big<Count>(left_.data() + 1)};
  }
  template <class Count>
  [[nodiscard]] extent nesting(std::size_t header, std::size_t each,
                               std::size_t more) const noexcept {
    if (left_.size() < header) return {};
    return {header, more + each * load_big<Count>(left_.data() + 1)};
  }
  [[nodiscard]] std::size_t words() const noexcept {
    return left_.size() < 3 ? 0 : load_big<std::uint16_t>(left_.data() + 1);
  }
  [[nodiscard]] extent behind_node(std::size_t before, std::size_t after) const noexcept {
    if (left_.size() <= before) return {};
    const std::size_t node = size_of_atom(left_.subspan(before));
    if (node == 0) return {0, 0, left_.size() - before < 3};
    return {before + node + after};
  }

  bytes_view left_;
};

}  // namespace beamnode::etf
