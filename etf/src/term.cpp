#include <beamnode/etf/external.hpp>
#include <beamnode/etf/term.hpp>
#include <beamnode/etf/text.hpp>

#include <algorithm>

#include "canonical_order.hpp"
#include "decoder.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

result<term> term::decode(bytes_view whole, const limits& bounds) {
  if (is_compressed(whole)) {
    const result<byte_buffer> bare = inflate(whole, bounds);
    if (!bare) return bare.error();
    return decode_bare(*bare, bounds);
  }
  reader in(whole);
  in.read_version();
  return decode_from(in, bounds, nullptr);
}

result<term> term::decode_bare(bytes_view bare, const limits& bounds, std::span<const atom> refs,
                               std::size_t* consumed) {
  reader in(bare, refs);
  return decode_from(in, bounds, consumed);
}

result<term> term::decode_from(reader& in, const limits& bounds, std::size_t* consumed) {
  in.limit_new_atoms(bounds.new_atoms);
  term decoded = decoder(in, bounds).run();
  if (in.ok() && consumed == nullptr && !in.at_end()) in.fail(errc::trailing_bytes);
  if (!in.ok()) return in.failure();
  if (consumed != nullptr) *consumed = in.offset();
  return decoded;
}

term codec<term>::decode(reader& in) { return decoder(in, {}).run(); }

term term::compact() const {
  if (!boxed()) return *this;
  byte_buffer bytes;
  writer out(bytes);
  write_to(out);
  return decode_bare(bytes, {.new_atoms = 0}).value();
}

kind term::type() const noexcept {
  switch (cell_.what) {
    case form::nil: return kind::nil;
    case form::integer:
    case form::big: return kind::integer;
    case form::floating: return kind::floating;
    case form::atom: return kind::atom;
    case form::export_fun:
    case form::fun: return kind::fun;
    case form::tuple: return kind::tuple;
    case form::list:
    case form::byte_list: return kind::list;
    case form::map: return kind::map;
    case form::bits: return kind::bit_string;
    case form::pid: return kind::pid;
    case form::port: return kind::port;
    case form::reference: return kind::reference;
    case form::record: return kind::record;
  }
  return kind::none;
}

std::optional<atom> term::as_atom() const noexcept {
  if (!is_atom()) return std::nullopt;
  return atom::from_index(static_cast<std::uint32_t>(cell_.word));
}

std::optional<std::int64_t> term::as_int64() const noexcept {
  if (cell_.what != form::integer) return std::nullopt;
  return cell_.integer;
}

std::optional<std::uint64_t> term::as_uint64() const noexcept {
  if (cell_.what == form::integer && cell_.integer >= 0) return cell_.word;
  if (cell_.what != form::big || cell_.extra != 0 || cell_.aux > 8) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = cell_.aux; i-- > 0;) value = (value << 8U) | cell_.bytes[i];
  return value;
}

std::optional<big_view> term::as_big() const noexcept {
  if (cell_.what != form::big) return std::nullopt;
  return big_view{{cell_.bytes, cell_.aux}, cell_.extra != 0};
}

std::optional<double> term::as_double() const noexcept {
  if (!is_float()) return std::nullopt;
  return cell_.floating;
}

std::optional<std::string_view> term::as_text() const noexcept {
  if (!is_binary()) return std::nullopt;
  return etf::as_text(detail::content_of(cell_));
}

std::optional<bit_view> term::as_bits() const noexcept {
  if (!is_bit_string()) return std::nullopt;
  return bit_view{detail::content_of(cell_), cell_.extra};
}

std::optional<pid> term::as_pid() const noexcept {
  if (!is_pid()) return std::nullopt;
  return detail::payload<pid>(cell_);
}

std::optional<port> term::as_port() const noexcept {
  if (!is_port()) return std::nullopt;
  return detail::payload<port>(cell_);
}

std::optional<reference> term::as_reference() const noexcept {
  if (!is_reference()) return std::nullopt;
  return detail::payload<reference>(cell_);
}

std::optional<external_function> term::as_external_function() const noexcept {
  if (cell_.what != form::export_fun) return std::nullopt;
  return external_function{atom::from_index(static_cast<std::uint32_t>(cell_.word >> 32U)),
                           atom::from_index(static_cast<std::uint32_t>(cell_.word)),
                           static_cast<std::uint8_t>(cell_.aux)};
}

std::optional<local_function> term::as_local_function() const noexcept {
  if (cell_.what != form::fun) return std::nullopt;
  const auto& fun = detail::payload<detail::fun_payload>(cell_);
  return local_function{fun.module,    static_cast<std::uint8_t>(fun.arity),
                        fun.index,     fun.uniq,
                        fun.old_index, fun.old_uniq,
                        fun.creator};
}

std::optional<record_head> term::as_record() const noexcept {
  if (!is_record()) return std::nullopt;
  const auto& record = detail::payload<detail::record_payload>(cell_);
  return record_head{
      record.module, record.name, record.exported != 0, {detail::fields_of(cell_), cell_.aux}};
}

std::size_t term::size() const noexcept {
  switch (cell_.what) {
    case form::list:
    case form::byte_list: {
      std::size_t length = 0;
      for (cell rest = cell_; detail::is_cons(rest);) {
        length += rest.aux;
        if (rest.what == form::byte_list) break;
        rest = rest.cells[rest.aux];
      }
      return length;
    }
    case form::tuple:
    case form::map:
    case form::record:
    case form::fun:
    case form::bits: return cell_.aux;
    default: return 0;
  }
}

term term::operator[](std::size_t index) const noexcept {
  const bool has_elements = is_tuple() || is_record() || cell_.what == form::fun;
  if (!has_elements || index >= cell_.aux) return {};
  return share(detail::cells_of(cell_)[index]);
}

term term::head() const noexcept {
  return detail::is_cons(cell_) ? share(detail::head_of(cell_)) : term();
}

term term::tail() const noexcept {
  return detail::is_cons(cell_) ? share(detail::tail_of(cell_)) : term();
}

bool term::is_proper_list() const noexcept {
  cell rest = cell_;
  while (rest.what == form::list) rest = rest.cells[rest.aux];
  return rest.what == form::nil || rest.what == form::byte_list;
}

element_range term::elements() const noexcept { return element_range(*this); }
pair_range term::pairs() const noexcept { return pair_range(*this); }

std::optional<term> term::find(const term& key) const noexcept {
  if (!is_map()) return std::nullopt;
  const detail::pair_order order = detail::order_of(cell_);
  std::size_t low = 0;
  std::size_t high = cell_.aux;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const auto found =
        detail::canonical_compare(key.cell_, detail::ordered_cell(cell_, order, 2 * middle));
    if (std::is_eq(found)) return share(detail::ordered_cell(cell_, order, 2 * middle + 1));
    if (std::is_lt(found)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return std::nullopt;
}

std::string term::to_string() const { return erlang_text(*this); }

bool operator==(const term& a, const term& b) noexcept {
  return std::is_eq(detail::canonical_compare(a.cell_, b.cell_));
}

element_range::iterator element_range::begin() const noexcept {
  const cell& of = of_.raw();
  if (detail::is_cons(of)) return iterator(of);
  const bool has_elements = of_.is_tuple() || of_.is_record() || of.what == form::fun;
  if (!has_elements || of.aux == 0) return {};
  cell rest = of;
  rest.what = form::tuple;
  rest.cells = detail::cells_of(of);
  return iterator(rest);
}

const term& element_range::iterator::operator*() const noexcept {
  return detail::as_term(rest_.what == form::byte_list ? detail::head_of(rest_) : *rest_.cells);
}

element_range::iterator& element_range::iterator::operator++() noexcept {
  if (rest_.what != form::tuple) {
    rest_ = detail::tail_of(rest_);
    if (!detail::is_cons(rest_)) rest_ = {};
    return *this;
  }
  ++rest_.cells;
  --rest_.aux;
  return *this;
}

}  // namespace beamnode::etf
