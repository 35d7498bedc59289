// Decoding of atoms, and of pids, ports and references, which begin with one.
#include "decoder.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

constexpr std::uint8_t byte_of(tag t) noexcept { return static_cast<std::uint8_t>(t); }

}  // namespace

bool decoder::has_atom_at(std::size_t offset, errc otherwise) noexcept {
  return has(offset + 1) && (kind_of(at_[offset]) == kind::atom || fail(otherwise));
}

bool decoder::take_atom(atom& value, errc otherwise) {
  if (!has_atom_at(0, otherwise)) return false;
  if (!through_reader([&value](reader& in) { value = in.read_atom(); })) return false;
  memo_.remember(value);
  return true;
}

bool decoder::decode_atom(cell& out) {
  atom value;
  if (!take_atom(value, errc::wrong_type)) return false;
  out.word = value.index();
  out.what = form::atom;
  return true;
}

// The node of an identifier, if this thread has met it lately, and where its numbers begin.
const std::uint8_t* decoder::recall_node(const std::uint8_t* at, atom& node) const noexcept {
  if (at >= end_ || *at != byte_of(tag::small_atom_utf8)) return end_;
  const std::optional<atom> known = recall_atom(at);
  if (!known) return end_;
  node = *known;
  return at + 2 + at[1];
}

bool decoder::decode_pid(cell& out) {
  pid value;
  if (*at_ == byte_of(tag::new_pid)) {
    const std::uint8_t* const numbers = recall_node(at_ + 1, value.node);
    if (end_ - numbers >= 12) {
      value.id = load_big<std::uint32_t>(numbers);
      value.serial = load_big<std::uint32_t>(numbers + 4);
      value.creation = load_big<std::uint32_t>(numbers + 8);
      at_ = numbers + 12;
      put_boxed(out, form::pid, value);
      return true;
    }
  }
  if (!has_atom_at(1, errc::bad_identifier)) return false;
  if (!through_reader([&value](reader& in) { value = in.read_pid(); })) return false;
  memo_.remember(value.node);
  put_boxed(out, form::pid, value);
  return true;
}

bool decoder::decode_port(cell& out) {
  if (!has_atom_at(1, errc::bad_identifier)) return false;
  return through_reader([&](reader& in) { put_boxed(out, form::port, in.read_port()); });
}

bool decoder::decode_reference(cell& out) {
  reference value;
  if (*at_ == byte_of(tag::newer_reference) && left() >= 3) {
    const std::size_t count = load_big<std::uint16_t>(at_ + 1);
    const std::uint8_t* numbers = recall_node(at_ + 3, value.node);
    if (count <= reference::max_words &&
        static_cast<std::size_t>(end_ - numbers) >= 4 + 4 * count) {
      value.creation = load_big<std::uint32_t>(numbers);
      value.count = static_cast<std::uint8_t>(count);
      for (std::size_t i = 0; i < count; ++i) {
        value.words[i] = load_big<std::uint32_t>(numbers + 4 + 4 * i);
      }
      at_ = numbers + 4 + 4 * count;
      put_boxed(out, form::reference, value);
      return true;
    }
  }
  const std::size_t node = *at_ == byte_of(tag::reference) ? 1 : 3;
  if (!has_atom_at(node, errc::bad_identifier)) return false;
  if (!through_reader([&value](reader& in) { value = in.read_reference(); })) return false;
  memo_.remember(value.node);
  put_boxed(out, form::reference, value);
  return true;
}

}  // namespace beamnode::etf
