#include <beamnode/etf/order.hpp>

#include "number_order.hpp"
#include "paired_walk.hpp"
#include "sorted_maps.hpp"
#include "work_stack.hpp"

#include <cmath>
#include <numeric>
#include <tuple>

namespace beamnode::etf {
namespace {

using detail::cell;
using detail::form;
using detail::next_values;
using detail::pair_of_containers;
using detail::pair_order;
using detail::payload;
using detail::sorted_maps;
using ordering = std::weak_ordering;

enum class rank : std::uint8_t {
  number,
  atom,
  reference,
  fun,
  port,
  pid,
  tuple,
  record,
  map,
  nil,
  list,
  bits,
};

rank rank_of(const cell& c) noexcept {
  switch (c.what) {
    case form::integer:
    case form::big:
    case form::floating: return rank::number;
    case form::atom: return rank::atom;
    case form::reference: return rank::reference;
    case form::export_fun:
    case form::fun: return rank::fun;
    case form::port: return rank::port;
    case form::pid: return rank::pid;
    case form::tuple: return rank::tuple;
    case form::record: return rank::record;
    case form::map: return rank::map;
    case form::nil: return rank::nil;
    case form::list:
    case form::byte_list: return rank::list;
    case form::bits: return rank::bits;
  }
  return rank::nil;
}

atom atom_of(std::uint64_t word) noexcept {
  return atom::from_index(static_cast<std::uint32_t>(word));
}

auto key_of(const pid& p) noexcept { return std::tuple(p.serial, p.id, p.node, p.creation); }
auto key_of(const port& p) noexcept { return std::tuple(p.node, p.creation, p.id); }
auto key_of(const reference& r) noexcept {
  std::array<std::uint32_t, reference::max_words> words = r.words;
  std::ranges::reverse(words);
  return std::tuple(r.node, r.creation, words);
}

template <class T> ordering compare_payload(const cell& a, const cell& b) noexcept {
  return key_of(payload<T>(a)) <=> key_of(payload<T>(b));
}

ordering compare_bit_strings(const cell& a, const cell& b) noexcept {
  const auto size_of = [](const cell& c) {
    return c.aux == 0 ? std::uint64_t{0} : 8 * std::uint64_t{c.aux} - 8U + c.extra;
  };
  const std::uint64_t common = std::min(size_of(a), size_of(b));
  const auto bytes = static_cast<std::uint32_t>(common / 8);
  if (const auto whole = compare_bits(a, b, bytes); std::is_neq(whole)) return whole;
  if (const unsigned odd = common % 8; odd != 0) {
    const auto last = [&](const cell& c) {
      return unsigned{detail::bytes_of(c)[bytes]} >> (8U - odd);
    };
    if (last(a) != last(b)) return last(a) <=> last(b);
  }
  return size_of(a) <=> size_of(b);
}

ordering compare_records(const cell& a, const cell& b) noexcept {
  const auto head = [](const cell& c) {
    const auto& record = payload<detail::record_payload>(c);
    return std::tuple(record.module, record.name, record.exported, c.aux);
  };
  if (const ordering heads = head(a) <=> head(b); std::is_neq(heads)) return heads;
  return std::lexicographical_compare_three_way(detail::fields_of(a), detail::fields_of(a) + a.aux,
                                                detail::fields_of(b), detail::fields_of(b) + b.aux);
}

class comparison {
 public:
  explicit comparison(sorted_maps& maps) noexcept : maps_(maps) {}

  ordering run(const cell& left, const cell& right, bool is_exact);
  /// What decides between two that are equivalent but not the same.
  [[nodiscard]] std::strong_ordering tie() const noexcept { return tie_; }

 private:
  struct frame {
    pair_of_containers in;
    pair_order order_a;
    pair_order order_b;
    bool is_exact;
  };

  ordering compare_number(const cell& a, const cell& b, bool is_exact) noexcept;
  ordering compare_funs(const cell& a, const cell& b) noexcept;
  ordering compare_surface(const cell& a, const cell& b, bool is_exact, bool& has_elements);
  void open(const cell& a, const cell& b, bool is_exact);
  static bool advance(frame& of, next_values& next, bool& is_exact) noexcept;
  void break_tie(std::strong_ordering by) noexcept {
    if (std::is_eq(tie_)) tie_ = by;
  }

  sorted_maps& maps_;
  std::strong_ordering tie_ = std::strong_ordering::equal;
  work_stack<frame> open_;
};

ordering comparison::compare_number(const cell& a, const cell& b, bool is_exact) noexcept {
  const bool a_is_float = a.what == form::floating;
  const bool b_is_float = b.what == form::floating;
  const auto kinds = a_is_float <=> b_is_float;
  if (is_exact && std::is_neq(kinds)) return kinds;
  const ordering values = detail::compare_numbers(a, b);
  if (std::is_neq(values)) return values;
  if (std::is_neq(kinds)) {
    break_tie(kinds);
  } else if (a_is_float) {
    const auto signs = std::signbit(b.floating) <=> std::signbit(a.floating);
    if (is_exact) return signs;
    break_tie(signs);
  }
  return values;
}

ordering comparison::compare_funs(const cell& a, const cell& b) noexcept {
  if (a.what != b.what) return a.what == form::fun ? ordering::less : ordering::greater;
  if (a.what == form::export_fun) {
    const auto key = [](const cell& c) {
      return std::tuple(atom_of(c.word >> 32U), atom_of(c.word), c.aux);
    };
    return key(a) <=> key(b);
  }
  const auto& left = payload<detail::fun_payload>(a);
  const auto& right = payload<detail::fun_payload>(b);
  break_tie(std::tie(left.uniq, left.arity) <=> std::tie(right.uniq, right.arity));
  return std::tuple(left.module, left.index, left.old_uniq, a.aux) <=>
         std::tuple(right.module, right.index, right.old_uniq, b.aux);
}

/// What can be said about two values of the same rank without looking at their elements. Those are
/// still to be compared where `has_elements`.
ordering comparison::compare_surface(const cell& a, const cell& b, bool is_exact,
                                     bool& has_elements) {
  if (a.what >= form::tuple && a.what == b.what && a.word == b.word && a.aux == b.aux &&
      a.what != form::bits) {
    return ordering::equivalent;
  }
  has_elements = a.aux != 0;
  switch (rank_of(a)) {
    case rank::number: has_elements = false; return compare_number(a, b, is_exact);
    case rank::atom: has_elements = false; return atom_of(a.word) <=> atom_of(b.word);
    case rank::reference: has_elements = false; return compare_payload<reference>(a, b);
    case rank::fun: has_elements = a.what == form::fun && a.aux != 0; return compare_funs(a, b);
    case rank::port: has_elements = false; return compare_payload<port>(a, b);
    case rank::pid: has_elements = false; return compare_payload<pid>(a, b);
    case rank::tuple:
    case rank::map: return a.aux <=> b.aux;
    case rank::record: return compare_records(a, b);
    case rank::nil: has_elements = false; return ordering::equivalent;
    case rank::list: has_elements = true; return ordering::equivalent;
    case rank::bits: has_elements = false; return compare_bit_strings(a, b);
  }
  return ordering::equivalent;
}

void comparison::open(const cell& a, const cell& b, bool is_exact) {
  frame opened{{.a = a, .b = b, .are_lists = detail::is_cons(a)}, nullptr, nullptr, is_exact};
  if (a.what == form::map) {
    opened.order_a = maps_.order_of(a);
    opened.order_b = maps_.order_of(b);
  } else if (!opened.in.are_lists) {
    opened.in.a.cells = detail::cells_of(a);
    opened.in.b.cells = detail::cells_of(b);
  }
  open_.push(opened);
}

/// Moves on to the next two values. True if those are the last. Of maps, first come the keys.
bool comparison::advance(frame& of, next_values& next, bool& is_exact) noexcept {
  pair_of_containers& in = of.in;
  is_exact = of.is_exact;
  if (in.are_lists) return advance_in_lists(in, next);
  if (in.a.what != form::map) return advance_in_cells(in, next);
  const std::uint32_t pairs = in.a.aux;
  const bool is_key = in.position < pairs;
  is_exact = is_exact || is_key;
  const std::size_t nth = is_key ? in.position : in.position - pairs;
  const auto cell_in = [&](const cell& map, pair_order order) {
    return map.cells + 2 * (order == nullptr ? nth : order[nth]) + (is_key ? 0 : 1);
  };
  next.a = cell_in(in.a, of.order_a);
  next.b = cell_in(in.b, of.order_b);
  return ++in.position == 2 * pairs;
}

ordering comparison::run(const cell& left, const cell& right, bool is_exact) {
  next_values next{&left, &right, {}};
  for (;;) {
    const cell a = *next.a;
    const cell b = *next.b;
    if (rank_of(a) != rank_of(b)) return rank_of(a) <=> rank_of(b);
    bool has_elements = false;
    const ordering surface = compare_surface(a, b, is_exact, has_elements);
    if (std::is_neq(surface)) return surface;
    if (has_elements) {
      open(a, b, is_exact);
    } else if (open_.empty()) {
      return ordering::equivalent;
    }
    if (advance(open_.back(), next, is_exact)) open_.pop();
  }
}

}  // namespace

namespace detail {
namespace {

void push(work_stack<cell>& to, const cell& c) {
  if (c.what == form::tuple || c.what == form::map || c.what == form::list || c.what == form::fun ||
      c.what == form::record) {
    to.push(c);
  }
}

void push_elements(work_stack<cell>& to, const cell& c) {
  std::size_t count = c.aux;
  if (c.what == form::map) count *= 2;
  if (c.what == form::list) count += 1;  // the tail
  const cell* const cells = cells_of(c);
  for (std::size_t i = 0; i < count; ++i) push(to, cells[i]);
}

}  // namespace

pair_order sorted_maps::order_of(const cell& map) {
  if (map.aux < 2) return nullptr;
  const auto known = orders_.find(map.cells);
  return known != orders_.end() ? known->second.data() : add(map);
}

// Comparing keys must find every map inside them sorted, or sorting would recurse: maps that lie
// deeper are sorted first.
pair_order sorted_maps::add(const cell& map) {
  std::vector<cell> found{map};
  work_stack<cell> unvisited;
  for (std::uint32_t i = 0; i < map.aux; ++i) push(unvisited, map.cells[2 * std::size_t{i}]);
  while (!unvisited.empty()) {
    const cell c = unvisited.back();
    unvisited.pop();
    if (c.what == form::map && c.aux > 1) {
      if (orders_.contains(c.cells)) continue;
      found.push_back(c);
    }
    push_elements(unvisited, c);
  }
  for (std::size_t i = found.size(); i-- > 0;) sort(found[i]);
  return orders_.find(map.cells)->second.data();
}

void sorted_maps::sort(const cell& map) {
  std::vector<std::uint32_t> order(map.aux);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const cell& left = map.cells[2 * std::size_t{a}];
    const cell& right = map.cells[2 * std::size_t{b}];
    return std::is_lt(comparison(*this).run(left, right, true));
  });
  orders_.emplace(map.cells, std::move(order));
}

}  // namespace detail

std::weak_ordering compare(const term& a, const term& b) {
  sorted_maps maps;
  return comparison(maps).run(a.raw(), b.raw(), false);
}

std::strong_ordering operator<=>(const term& a, const term& b) {
  sorted_maps maps;
  comparison both(maps);
  const ordering order = both.run(a.raw(), b.raw(), false);
  if (std::is_eq(order)) return both.tie();
  return std::is_lt(order) ? std::strong_ordering::less : std::strong_ordering::greater;
}

}  // namespace beamnode::etf
