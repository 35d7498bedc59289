#include <beamnode/etf/external.hpp>

#include <algorithm>
#include <cmath>

#include "decoder.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

// Two numbers of 32 bits hold it; nothing real comes near.
constexpr std::uint32_t max_nesting = 0x7FFF'FFFF;

/// In 64 bits.
bool fits(std::uint64_t magnitude, bool negative) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
  return magnitude < sign || (negative && magnitude == sign);
}

void set_integer(cell& out, std::int64_t value) noexcept {
  out = cell{{.integer = value}, 0, form::integer, 0};
}

void set_atom(cell& out, atom value) noexcept {
  out = cell{{.word = value.index()}, 0, form::atom, 0};
}

void set_cells(cell& out, form what, const cell* cells, std::uint32_t count) noexcept {
  out = cell{{.cells = cells}, count, what, 0};
}

void set_bytes(cell& out, form what, const std::uint8_t* bytes, std::size_t size,
               std::uint8_t extra) noexcept {
  out = cell{{.bytes = bytes}, static_cast<std::uint32_t>(size), what, extra};
}

}  // namespace

decoder::decoder(reader& in, const limits& bounds) noexcept
    : in_(in),
      builder_(in.remaining()),
      at_(in.next_),
      end_(in.end_),
      value_(in.next_),
      cells_left_(in.remaining()),
      elements_left_(bounds.elements),
      memo_(atom_memo::of_this_thread()),
      max_depth_(static_cast<std::uint32_t>(std::min<std::size_t>(bounds.depth, max_nesting))) {}

term decoder::run() {
  cell root;
  if (!in_.ok() || !decode_all(root) || !finish_maps()) return {};
  in_.next_ = at_;
  if (root.what >= form::tuple) builder_.hand_over();
  return term(root);
}

bool decoder::decode_all(cell& root) {
  if (elements_left_ == 0) return fail(errc::too_large);
  --elements_left_;
  next_ = &root;
  remaining_ = 1;
  do {
    const std::uint8_t* at = at_;
    cell* next = next_;
    std::uint32_t remaining = remaining_;
    bool is_common = true;
    while (remaining != 0 && is_common) {
      is_common = decode_common(*next, at);
      ++next;
      --remaining;
    }
    at_ = at;
    next_ = next;
    remaining_ = remaining;
    if (!is_common && !decode_container(next[-1])) return false;
  } while (remaining_ != 0 || leave());
  return true;
}

// Common values without anything inside them, as long as nothing is wrong with them.
[[gnu::always_inline]] inline bool decoder::decode_common(cell& out, const std::uint8_t*& at) {
  const auto room = static_cast<std::size_t>(end_ - at);
  if (room == 0) return false;
  switch (static_cast<tag>(*at)) {
    case tag::small_integer:
      if (room < 2) return false;
      set_integer(out, at[1]);
      at += 2;
      return true;
    case tag::integer:
      if (room < 5) return false;
      set_integer(out, static_cast<std::int32_t>(load_big<std::uint32_t>(at + 1)));
      at += 5;
      return true;
    case tag::small_big: {
      if (room < 3 || at[1] > 8 || room - 3 < at[1]) return false;
      const std::uint64_t magnitude = load_little(at + 3, at[1], room - 3);
      if (!fits(magnitude, at[2] != 0)) return false;
      set_integer(out, static_cast<std::int64_t>(at[2] != 0 ? 0 - magnitude : magnitude));
      at += 3 + at[1];
      return true;
    }
    case tag::nil:
      out = cell{};
      ++at;
      return true;
    case tag::small_atom_utf8:
      if (const std::optional<atom> known = recall_atom(at)) {
        set_atom(out, *known);
        at += 2 + at[1];
        return true;
      }
      return false;
    case tag::binary: {
      if (room < 5) return false;
      const std::size_t size = load_big<std::uint32_t>(at + 1);
      if (room - 5 < size) return false;
      put_bits(out, at + 5, size, 8);
      at += 5 + size;
      return true;
    }
    case tag::new_float:
      if (room < 9) return false;
      out = cell{{.floating = std::bit_cast<double>(load_big<std::uint64_t>(at + 1))},
                 0,
                 form::floating,
                 0};
      if (!std::isfinite(out.floating)) return false;
      at += 9;
      return true;
    default: return false;
  }
}

// Lists and tuples, as long as nothing is wrong with them; all else is rare.
[[gnu::always_inline]] inline bool decoder::decode_container(cell& out) {
  const std::uint8_t* const at = at_;
  const std::size_t room = left();
  if (room >= 5 && *at == static_cast<std::uint8_t>(tag::list)) {
    const auto length = load_big<std::uint32_t>(at + 1);
    if (length != 0 && length < room - 5 && length < cells_left_ && length < elements_left_) {
      value_ = at;
      at_ = at + 5;
      return decode_list(out, length);
    }
  } else if (room >= 2 && *at == static_cast<std::uint8_t>(tag::small_tuple)) {
    value_ = at;
    at_ = at + 2;
    return decode_tuple(out, at[1]);
  }
  return decode_rare(out);
}

bool decoder::leave() noexcept {
  if (outer_ == nullptr) return false;
  interrupted state;
  std::memcpy(&state, outer_, sizeof state);
  next_ = outer_;
  outer_ = state.outer;
  remaining_ = state.remaining;
  nesting_ = state.nesting;
  return true;
}

bool decoder::decode_rare(cell& out) {
  value_ = at_;
  out = cell{};
  for (;;) {
    if (at_ == end_) return fail(errc::truncated);
    switch (static_cast<tag>(*at_)) {
      case tag::small_atom_utf8:
      case tag::atom_utf8:
      case tag::small_atom_latin1:
      case tag::atom_latin1:
      case tag::atom_cache_ref: return decode_atom(out);
      case tag::nil: ++at_; return true;
      case tag::small_tuple:
        if (!has(2)) return false;
        at_ += 2;
        return decode_tuple(out, at_[-1]);
      case tag::large_tuple: {
        if (!has(5)) return false;
        ++at_;
        const auto arity = take<std::uint32_t>();
        return arity <= reader::max_arity ? decode_tuple(out, arity) : fail(errc::too_large);
      }
      case tag::list: {
        if (!has(5)) return false;
        ++at_;
        const auto length = take<std::uint32_t>();
        if (length != 0) return decode_list(out, length);
        value_ = at_;  // nothing but its tail
        if (decode_common(out, at_)) return true;
        continue;
      }
      case tag::string: return decode_string(out);
      case tag::map: return decode_map(out);
      case tag::binary: return decode_bits(out, false);
      case tag::bit_binary: return decode_bits(out, true);
      case tag::new_float: return fail(has(9) ? errc::bad_float : errc::truncated);
      case tag::small_integer:
      case tag::integer:
        return through_reader([&](reader& in) { set_integer(out, in.read_integer()); });
      case tag::small_big: return decode_big(out, false);
      case tag::large_big: return decode_big(out, true);
      case tag::new_pid:
      case tag::pid: return decode_pid(out);
      case tag::new_port:
      case tag::v4_port:
      case tag::port: return decode_port(out);
      case tag::newer_reference:
      case tag::new_reference:
      case tag::reference: return decode_reference(out);
      case tag::float_text:
        return through_reader([&](reader& in) {
          out.floating = in.read_float();
          out.what = form::floating;
        });
      case tag::new_fun: return decode_fun(out);
      case tag::export_fun: return decode_export(out);
      case tag::record: return decode_record(out);
      case tag::fun:
      case tag::local:
      case tag::compressed: return fail(errc::refused_tag);
    }
    return fail(errc::unknown_tag);
  }
}

[[gnu::always_inline]] inline bool decoder::decode_tuple(cell& out, std::uint32_t arity) {
  if (!take_cells(arity)) return false;
  auto* const cells = reinterpret_cast<cell*>(builder_.take_boxed(arity * sizeof(cell), left()));
  set_cells(out, form::tuple, cells, arity);
  return enter(cells, arity, false);
}

[[gnu::always_inline]] inline bool decoder::decode_list(cell& out, std::uint32_t length) {
  const std::size_t count = std::size_t{length} + 1;
  if (!take_cells(count)) return false;
  std::uint8_t* const box = builder_.take(count * sizeof(cell) + detail::pointer_size, left());
  builder_.put_block(box + count * sizeof(cell));
  auto* const cells = reinterpret_cast<cell*>(box);
  set_cells(out, form::list, cells, length);
  return enter(cells, length + 1, true);
}

bool decoder::decode_string(cell& out) {
  if (!has(3)) return false;
  const std::size_t length = load_big<std::uint16_t>(at_ + 1);
  if (!has(3 + length)) return false;
  if (length > elements_left_) return fail(errc::too_large);
  elements_left_ -= length;
  at_ += 3;
  if (length == 0) return true;
  const std::size_t padded = detail::round_up(length);
  std::uint8_t* const box = builder_.take(padded + detail::pointer_size, left());
  std::memcpy(box, at_, length);
  builder_.put_block(box + padded);
  at_ += length;
  set_bytes(out, form::byte_list, box, length, 0);
  return true;
}

bool decoder::decode_map(cell& out) {
  if (!has(5)) return false;
  ++at_;
  const auto pairs = take<std::uint32_t>();
  const std::size_t count = 2 * std::size_t{pairs};
  if (!take_cells(count)) return false;
  if (count > 0xFFFF'FFFF) return fail(errc::too_large);
  std::uint8_t* const box = builder_.take(sizeof(unfinished_map) + count * sizeof(cell), left());
  const unfinished_map head{last_map_, value_};
  std::memcpy(box, &head, sizeof head);
  auto* const cells = reinterpret_cast<cell*>(box + sizeof head);
  set_cells(out, form::map, cells, pairs);
  last_map_ = &out;
  return enter(cells, static_cast<std::uint32_t>(count), false);
}

bool decoder::decode_bits(cell& out, bool partial) {
  const std::size_t header = partial ? 6 : 5;
  if (!has(header)) return false;
  const std::size_t size = load_big<std::uint32_t>(at_ + 1);
  const std::uint8_t last_bits = partial ? at_[5] : std::uint8_t{8};
  if (last_bits == 0 || last_bits > 8 || (partial && size == 0)) return fail(errc::bad_bits);
  if (left() - header < size) return fail(errc::truncated);
  at_ += header;
  put_bits(out, at_, size, last_bits);
  at_ += size;
  return true;
}

void decoder::put_bits(cell& out, const std::uint8_t* from, std::size_t size,
                       std::uint8_t last_bits) {
  if (size >= least_shared && share_bits(out, from, size, last_bits)) return;
  const auto behind = static_cast<std::size_t>(end_ - from) - size;
  std::uint8_t* const box = builder_.take_boxed(detail::round_up(size), behind);
  if (size != 0) std::memcpy(box, from, size);
  if (last_bits != 8) {
    box[size - 1] = static_cast<std::uint8_t>(box[size - 1] & ~(0xFFU >> last_bits));
  }
  set_bytes(out, form::bits, box, size, last_bits);
}

bool decoder::share_bits(cell& out, const std::uint8_t* from, std::size_t size,
                         std::uint8_t last_bits) {
  const shared_buffer* const buffer = in_.buffer();
  if (buffer == nullptr || *buffer == nullptr) return false;
  if (!builder_.holds_buffer() && !is_worth_sharing(size, **buffer)) return false;
  if ((from[size - 1] & (0xFFU >> last_bits)) != 0) return false;  // to be cleared
  const auto behind = static_cast<std::size_t>(end_ - from) - size;
  std::uint8_t* const box = builder_.take_boxed(detail::pointer_size, behind);
  std::memcpy(box, &from, sizeof from);
  if (!builder_.holds_buffer()) builder_.hold(*buffer, behind);
  out = cell{{.box = box}, static_cast<std::uint32_t>(size), form::bits, last_bits, true};
  return true;
}

bool decoder::decode_big(cell& out, bool is_large) {
  const std::size_t header = is_large ? 6 : 3;
  if (!has(header)) return false;
  std::size_t size = is_large ? load_big<std::uint32_t>(at_ + 1) : at_[1];
  if (size > reader::max_big_bytes) return fail(errc::too_large);
  if (left() - header < size) return fail(errc::truncated);
  const bool negative = at_[header - 1] != 0;
  const std::uint8_t* const from = at_ + header;
  at_ = from + size;
  while (size != 0 && from[size - 1] == 0) --size;
  if (size <= 8) {
    const std::uint64_t magnitude = load_little(from, size, size);
    if (fits(magnitude, negative)) {
      set_integer(out, static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
      return true;
    }
  }
  std::uint8_t* const box = builder_.take_boxed(detail::round_up(size), left());
  std::memcpy(box, from, size);
  set_bytes(out, form::big, box, size, negative ? 1 : 0);
  return true;
}

}  // namespace beamnode::etf
