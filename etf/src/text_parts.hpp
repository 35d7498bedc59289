#pragma once
/// What a container's text consists of, one part after the other, down to a depth at which three
/// dots stand for the rest.

#include "block.hpp"

namespace beamnode::etf {

/// How deep to write: at 1 of a container only its brackets, with dots between them. Each element
/// of a tuple or list counts as one deeper than the one before it, so that long containers are cut
/// as deep ones are.
using text_depth = std::uint32_t;
inline constexpr text_depth any_depth = 0xFFFF'FFFF;

constexpr text_depth one_less(text_depth depth) noexcept {
  return depth == any_depth ? depth : depth - 1;
}

enum class part : std::uint8_t { end, dots, element, tail };

/// The parts of a tuple, list, map (keys and values in turn) or record that are still to come.
class text_parts {
 public:
  text_parts() noexcept = default;
  text_parts(const detail::cell& container, text_depth depth) noexcept
      : rest_(container), depth_(depth), pair_depth_(one_less(depth)), what_(container.what) {
    if (is_list()) return;
    rest_.cells = detail::cells_of(container);
    if (is_map()) rest_.aux *= 2;
    if (what_ == detail::form::record) depth_ = pair_depth_;
  }

  [[nodiscard]] bool is_list() const noexcept {
    return what_ == detail::form::list || what_ == detail::form::byte_list;
  }
  [[nodiscard]] bool is_map() const noexcept { return what_ == detail::form::map; }
  /// Whether the next part is the value of the key before it.
  [[nodiscard]] bool is_at_value() const noexcept { return is_map() && rest_.aux % 2 != 0; }

  [[nodiscard]] part next() const noexcept {
    const bool is_done = is_list() ? rest_.what == detail::form::nil : rest_.aux == 0;
    if (is_done) return part::end;
    if (depth_ == 1 && !is_at_value()) return part::dots;
    return is_list() && !detail::is_cons(rest_) ? part::tail : part::element;
  }
  /// To which depth the next part is to be written.
  [[nodiscard]] text_depth depth_of_next() const noexcept {
    return is_map() ? pair_depth_ : one_less(depth_);
  }
  /// Takes the next element or the tail.
  detail::cell take() noexcept {
    detail::cell taken = rest_;
    if (is_list()) {
      const bool is_element = detail::is_cons(rest_);
      if (is_element) taken = detail::head_of(rest_);
      rest_ = is_element ? detail::tail_of(rest_) : detail::cell{};
    } else {
      taken = *rest_.cells++;
      --rest_.aux;
    }
    if (!is_at_value()) depth_ = one_less(depth_);
    return taken;
  }

 private:
  detail::cell rest_;
  text_depth depth_ = any_depth;
  text_depth pair_depth_ = any_depth;
  detail::form what_ = detail::form::nil;
};

}  // namespace beamnode::etf
