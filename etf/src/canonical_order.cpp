#include "canonical_order.hpp"
#include "paired_walk.hpp"
#include "work_stack.hpp"

#include <tuple>

namespace beamnode::etf::detail {
namespace {

using ordering = std::strong_ordering;

form rank_of(const cell& c) noexcept { return c.what == form::byte_list ? form::list : c.what; }

ordering compare_bytes(const cell& a, const cell& b) noexcept {
  if (a.aux != b.aux) return a.aux <=> b.aux;
  const ordering bytes = compare_bits(a, b, a.aux);
  return std::is_neq(bytes) ? bytes : a.extra <=> b.extra;
}

auto key_of(const pid& p) noexcept {
  return std::tuple(p.node.index(), p.id, p.serial, p.creation);
}
auto key_of(const port& p) noexcept { return std::tuple(p.node.index(), p.id, p.creation); }
auto key_of(const reference& r) noexcept { return std::tuple(r.node.index(), r.creation, r.words); }
auto key_of(const fun_payload& f) noexcept {
  return std::tuple(f.module.index(), f.index, f.old_uniq, f.uniq, f.arity);
}
auto key_of(const record_payload& r) noexcept {
  return std::tuple(r.module.index(), r.name.index(), r.exported);
}

template <class T> ordering compare_payload(const cell& a, const cell& b) noexcept {
  return key_of(payload<T>(a)) <=> key_of(payload<T>(b));
}

ordering compare_fields(const cell& a, const cell& b) noexcept {
  if (const auto heads = compare_payload<record_payload>(a, b); std::is_neq(heads)) return heads;
  if (a.aux != b.aux) return a.aux <=> b.aux;
  for (std::uint32_t i = 0; i < a.aux; ++i) {
    const auto names = fields_of(a)[i].index() <=> fields_of(b)[i].index();
    if (std::is_neq(names)) return names;
  }
  return ordering::equal;
}

/// What can be said about two values of the same rank without looking at their elements. Those are
/// still to be compared where `has_elements`.
ordering compare_surface(const cell& a, const cell& b, bool& has_elements) noexcept {
  switch (a.what) {
    case form::nil:
    case form::integer:
    case form::floating:
    case form::atom: return a.word <=> b.word;
    case form::export_fun: return std::tuple(a.word, a.aux) <=> std::tuple(b.word, b.aux);
    case form::bits:
    case form::big: return compare_bytes(a, b);
    case form::pid: return compare_payload<pid>(a, b);
    case form::port: return compare_payload<port>(a, b);
    case form::reference: return compare_payload<reference>(a, b);
    default: break;
  }
  if (a.word == b.word && a.aux == b.aux) return ordering::equal;
  if (is_cons(a)) {
    has_elements = true;
    return ordering::equal;
  }
  has_elements = a.aux != 0;
  if (a.what == form::record) return compare_fields(a, b);
  if (a.what == form::fun) {
    if (const auto heads = compare_payload<fun_payload>(a, b); std::is_neq(heads)) return heads;
  }
  return a.aux <=> b.aux;
}

pair_of_containers open(const cell& a, const cell& b) noexcept {
  pair_of_containers opened{a, b, is_cons(a)};
  if (opened.are_lists) return opened;
  opened.a.cells = cells_of(a);
  opened.b.cells = cells_of(b);
  if (a.what == form::map && order_of(a) == nullptr && order_of(b) == nullptr) {
    opened.a.what = form::tuple;
    opened.a.aux = 2 * a.aux;
  }
  return opened;
}

bool advance(pair_of_containers& in, next_values& next) noexcept {
  if (in.are_lists) return advance_in_lists(in, next);
  if (in.a.what == form::map) {
    next.a = &ordered_cell(in.a, order_of(in.a), in.position);
    next.b = &ordered_cell(in.b, order_of(in.b), in.position);
    return ++in.position == 2 * in.a.aux;
  }
  return advance_in_cells(in, next);
}

}  // namespace

ordering canonical_compare(const cell& left, const cell& right) {
  next_values next{&left, &right, {}};
  work_stack<pair_of_containers> open_containers;
  for (;;) {
    const cell& a = *next.a;
    const cell& b = *next.b;
    if (rank_of(a) != rank_of(b)) return rank_of(a) <=> rank_of(b);
    bool has_elements = false;
    if (const auto surface = compare_surface(a, b, has_elements); std::is_neq(surface))
      return surface;
    if (has_elements) {
      open_containers.push(open(a, b));
    } else if (open_containers.empty()) {
      return ordering::equal;
    }
    if (advance(open_containers.back(), next)) open_containers.pop();
  }
}

}  // namespace beamnode::etf::detail
