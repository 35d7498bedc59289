#pragma once
/// Builds a term from encoded bytes in one loop.
///
/// There is no stack: a container whose decoding is interrupted by one inside it keeps its state in
/// its own next cell, which is not written yet.

#include "atom_memo.hpp"
#include "block.hpp"

namespace beamnode::etf {

class decoder {
 public:
  /// Reads from `in`, which is left behind the term, or failed.
  decoder(reader& in, const limits& bounds) noexcept;

  /// [] when `in` has failed.
  term run();

 private:
  /// State of an interrupted container, in the shape of a cell.
  struct interrupted {
    detail::cell* outer;
    std::uint32_t remaining;
    std::uint32_t nesting;
  };
  static_assert(sizeof(interrupted) == sizeof(detail::cell));
  /// What stands before the pairs of a map until finish_maps() puts order and block there.
  struct unfinished_map {
    detail::cell* earlier;
    const std::uint8_t* begins;
  };

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  bool fail(errc code) noexcept {
    in_.fail_at(value_, code);
    return false;
  }
  [[nodiscard]] bool has(std::size_t bytes) noexcept {
    return left() >= bytes || fail(errc::truncated);
  }
  [[nodiscard]] bool has_atom_at(std::size_t offset, errc otherwise) noexcept;
  template <class T> [[nodiscard]] T take() noexcept {
    const T value = load_big<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  [[nodiscard]] bool decode_all(detail::cell& root);
  [[nodiscard]] bool decode_common(detail::cell& out, const std::uint8_t*& at);
  [[nodiscard]] bool decode_container(detail::cell& out);
  [[nodiscard]] bool decode_rare(detail::cell& out);
  [[nodiscard]] bool decode_atom(detail::cell& out);
  /// The SMALL_ATOM_UTF8 at `at`, if that is one that this thread has met lately.
  [[nodiscard]] std::optional<atom> recall_atom(const std::uint8_t* at) const noexcept {
    const auto room = static_cast<std::size_t>(end_ - at);
    if (room < 2 || room - 2 < at[1]) return std::nullopt;
    return memo_.recall({at + 2, at[1]});
  }
  [[nodiscard]] bool decode_pid(detail::cell& out);
  [[nodiscard]] bool decode_port(detail::cell& out);
  [[nodiscard]] bool decode_reference(detail::cell& out);
  [[nodiscard]] const std::uint8_t* recall_node(const std::uint8_t* at, atom& node) const noexcept;
  [[nodiscard]] bool take_cells(std::size_t count) noexcept;
  [[nodiscard]] bool enter(detail::cell* cells, std::uint32_t count, bool is_list) noexcept;
  [[nodiscard]] bool leave() noexcept;
  [[nodiscard]] bool decode_tuple(detail::cell& out, std::uint32_t arity);
  [[nodiscard]] bool decode_list(detail::cell& out, std::uint32_t length);
  [[nodiscard]] bool decode_string(detail::cell& out);
  [[nodiscard]] bool decode_map(detail::cell& out);
  [[nodiscard]] bool decode_bits(detail::cell& out, bool partial);
  void put_bits(detail::cell& out, const std::uint8_t* from, std::size_t size,
                std::uint8_t last_bits);
  /// The same for what may stay where it is; false if it may not.
  [[nodiscard]] bool share_bits(detail::cell& out, const std::uint8_t* from, std::size_t size,
                                std::uint8_t last_bits);
  [[nodiscard]] bool decode_big(detail::cell& out, bool is_large);
  /// Reads an atom, and nothing else, at at_.
  [[nodiscard]] bool take_atom(atom& value, errc otherwise);
  [[nodiscard]] bool decode_fun(detail::cell& out);
  [[nodiscard]] bool decode_export(detail::cell& out);
  [[nodiscard]] bool decode_record(detail::cell& out);
  template <class Read> [[nodiscard]] bool through_reader(Read read);
  template <class T>
  std::uint8_t* put_boxed(detail::cell& out, detail::form what, const T& value,
                          std::size_t more = 0);
  [[nodiscard]] bool finish_maps();

  reader& in_;
  detail::block_builder builder_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  const std::uint8_t* value_;  // where the value being decoded begins
  std::size_t cells_left_;     // each takes at least one byte of input
  std::size_t elements_left_;
  atom_memo& memo_;
  std::uint32_t max_depth_;

  detail::cell* next_ = nullptr;
  std::uint32_t remaining_ = 0;
  detail::cell* outer_ = nullptr;
  detail::cell* last_map_ = nullptr;
  // Not beside remaining_: compilers then read both at once, and wait for the one just written.
  std::uint32_t nesting_ = 0;  // depth, and in the lowest bit whether this is a list
};

inline bool decoder::take_cells(std::size_t count) noexcept {
  if (count > cells_left_ || count > left()) return fail(errc::truncated);
  if (count > elements_left_) return fail(errc::too_large);
  cells_left_ -= count;
  elements_left_ -= count;
  return true;
}

// A list behind a list, as its tail, is as deep as that one.
inline bool decoder::enter(detail::cell* cells, std::uint32_t count, bool is_list) noexcept {
  if (count == 0) return true;
  const bool is_tail = (nesting_ & 1U) != 0 && remaining_ == 0;
  const std::uint32_t depth = (nesting_ >> 1U) + (is_tail ? 0 : 1);
  if (depth > max_depth_) return fail(errc::too_deep);
  if (remaining_ != 0) {
    const interrupted state{outer_, remaining_, nesting_};
    std::memcpy(static_cast<void*>(next_), &state, sizeof state);
    outer_ = next_;
  }
  next_ = cells;
  remaining_ = count;
  nesting_ = (depth << 1U) | (is_list ? 1U : 0U);
  return true;
}

template <class T>
std::uint8_t* decoder::put_boxed(detail::cell& out, detail::form what, const T& value,
                                 std::size_t more) {
  std::uint8_t* const box = builder_.take_boxed(detail::round_up(sizeof(T) + more), left());
  std::memcpy(box, &value, sizeof(T));
  out.box = box;
  out.what = what;
  return box + sizeof(T);
}

template <class Read> bool decoder::through_reader(Read read) {
  in_.next_ = at_;
  read(in_);
  at_ = in_.next_;
  return in_.ok();
}

}  // namespace beamnode::etf
