// Decoding of what names code or is defined by it: funs and native records.
#include <algorithm>
#include <array>
#include <vector>

#include "decoder.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

constexpr std::uint32_t max_free_variables = 255;
constexpr std::uint64_t max_fun_arity = 255;
constexpr std::uint8_t record_is_exported = 1;

bool has_duplicate(std::span<const atom> names) {
  if (names.size() < 2) return false;
  std::vector<std::uint32_t> sorted;
  sorted.reserve(names.size());
  for (const atom name : names) sorted.push_back(name.index());
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) != sorted.end();
}

}  // namespace

// erl_ext_dist: NEW_FUN_EXT. Its Size field is not to be trusted and not needed.
bool decoder::decode_fun(cell& out) {
  constexpr std::size_t header = 1 + 4 + 1 + 16 + 4 + 4;
  if (!has(header)) return false;
  detail::fun_payload fun{};
  fun.arity = at_[5];
  std::memcpy(fun.uniq.data(), at_ + 6, fun.uniq.size());
  fun.index = load_big<std::uint32_t>(at_ + 22);
  const auto free_variables = load_big<std::uint32_t>(at_ + 26);
  if (free_variables > max_free_variables) return fail(errc::bad_fun);
  at_ += header;
  if (!take_atom(fun.module, errc::bad_fun)) return false;
  reader numbers({at_, end_});
  fun.old_index = numbers.read_integer();
  fun.old_uniq = numbers.read_integer();
  if (!numbers.ok()) {
    return fail(numbers.code() == errc::truncated ? errc::truncated : errc::bad_fun);
  }
  at_ = numbers.next_;
  if (!has(1)) return false;
  if (kind_of(*at_) != kind::pid) return fail(errc::bad_fun);
  if (!has_atom_at(1, errc::bad_identifier)) return false;
  if (!through_reader([&](reader& in) { fun.creator = in.read_pid(); })) return false;
  if (!take_cells(free_variables)) return false;
  std::uint8_t* const behind = put_boxed(out, form::fun, fun, free_variables * sizeof(cell));
  out.aux = free_variables;
  return enter(reinterpret_cast<cell*>(behind), free_variables, false);
}

// erl_ext_dist: EXPORT_EXT.
bool decoder::decode_export(cell& out) {
  ++at_;
  atom module;
  atom function;
  if (!take_atom(module, errc::bad_fun) || !take_atom(function, errc::bad_fun)) return false;
  reader number({at_, end_});
  const std::uint64_t arity = number.read_unsigned();
  if (!number.ok()) {
    return fail(number.code() == errc::truncated ? errc::truncated : errc::bad_fun);
  }
  at_ = number.next_;
  if (arity > max_fun_arity) return fail(errc::bad_fun);
  out.word = (std::uint64_t{module.index()} << 32U) | function.index();
  out.aux = static_cast<std::uint32_t>(arity);
  out.what = form::export_fun;
  return true;
}

// erl_ext_dist: RECORD_EXT.
bool decoder::decode_record(cell& out) {
  constexpr std::size_t header = 1 + 4 + 1;
  if (!has(header)) return false;
  const auto fields = load_big<std::uint32_t>(at_ + 1);
  const std::uint8_t flags = at_[5];
  if (flags > record_is_exported) return fail(errc::bad_record);
  at_ += header;
  detail::record_payload record{};
  record.exported = flags;
  if (!take_atom(record.module, errc::bad_record) || !take_atom(record.name, errc::bad_record) ||
      !take_cells(fields)) {
    return false;
  }
  const std::size_t cells_size = fields * sizeof(cell);
  std::uint8_t* const behind =
      put_boxed(out, form::record, record, cells_size + fields * sizeof(atom));
  out.aux = fields;
  auto* const names = reinterpret_cast<atom*>(behind + cells_size);
  for (std::uint32_t i = 0; i < fields; ++i) {
    if (!take_atom(names[i], errc::bad_record)) return false;
  }
  if (has_duplicate({names, fields})) return fail(errc::bad_record);
  return enter(reinterpret_cast<cell*>(behind), fields, false);
}

}  // namespace beamnode::etf
