// Sorts the keys of decoded maps and refuses maps that have one twice.
#include <algorithm>
#include <numeric>
#include <vector>

#include "canonical_order.hpp"
#include "decoder.hpp"

namespace beamnode::etf {

using detail::cell;
using detail::form;

namespace {

struct weighted {
  std::uint64_t weight;
  std::uint32_t pair;
};

constexpr std::uint64_t max_weight = (std::uint64_t{1} << 56U) - 1;

std::uint64_t weigh_bytes(const cell& key) noexcept {
  constexpr std::uint32_t long_size = 255;
  if (key.aux >= long_size) return max_weight;
  std::array<std::uint8_t, 8> start{};
  std::copy_n(detail::bytes_of(key), std::min<std::size_t>(key.aux, 6), start.begin() + 2);
  return (std::uint64_t{key.aux} << 48U) | load_big<std::uint64_t>(start.data());
}

/// Ascends with the canonical order as far as it goes, so that most keys need no closer look.
std::uint64_t weigh(const cell& key) noexcept {
  const form rank = key.what == form::byte_list ? form::list : key.what;
  const std::uint64_t high = static_cast<std::uint64_t>(rank) << 56U;
  switch (key.what) {
    case form::integer:
    case form::atom: return high | std::min(key.word, max_weight);
    case form::floating: return high | (key.word >> 8U);
    case form::bits: return high | weigh_bytes(key);
    default: return high;
  }
}

std::strong_ordering compare_keys(const cell& a, const cell& b) {
  if (a.what == form::atom && b.what == form::atom) return a.word <=> b.word;
  return detail::canonical_compare(a, b);
}

enum class arrangement : std::uint8_t { ascending, other, has_duplicate };

arrangement arrangement_of(const cell& map) {
  for (std::size_t i = 1; i < map.aux; ++i) {
    const auto neighbours = compare_keys(map.cells[2 * i - 2], map.cells[2 * i]);
    if (std::is_eq(neighbours)) return arrangement::has_duplicate;
    if (std::is_gt(neighbours)) return arrangement::other;
  }
  return arrangement::ascending;
}

/// False if two keys are equal.
bool sort_pairs(const cell& map, std::vector<weighted>& sorted) {
  const auto key_of = [&map](const weighted& w) -> const cell& {
    return map.cells[2 * std::size_t{w.pair}];
  };
  sorted.clear();
  sorted.reserve(map.aux);
  for (std::uint32_t i = 0; i < map.aux; ++i) {
    sorted.push_back({weigh(map.cells[2 * std::size_t{i}]), i});
  }
  std::ranges::sort(sorted, [&](const weighted& a, const weighted& b) {
    if (a.weight != b.weight) return a.weight < b.weight;
    return std::is_lt(compare_keys(key_of(a), key_of(b)));
  });
  const auto twin = std::ranges::adjacent_find(sorted, [&](const weighted& a, const weighted& b) {
    return a.weight == b.weight && std::is_eq(compare_keys(key_of(a), key_of(b)));
  });
  return twin == sorted.end();
}

}  // namespace

// Begins with the map that was met last: maps inside others are finished before those, as the
// comparison of keys requires.
bool decoder::finish_maps() {
  std::vector<weighted> sorted;
  while (last_map_ != nullptr) {
    const cell& map = *last_map_;
    std::uint8_t* const head = builder_.writable(map.bytes) - sizeof(unfinished_map);
    unfinished_map unfinished;
    std::memcpy(&unfinished, head, sizeof unfinished);
    value_ = unfinished.begins;
    last_map_ = unfinished.earlier;
    detail::pair_order order = nullptr;
    const arrangement found = arrangement_of(map);
    if (found == arrangement::has_duplicate) return fail(errc::duplicate_key);
    if (found == arrangement::other) {
      if (!sort_pairs(map, sorted)) return fail(errc::duplicate_key);
      auto* const pairs = reinterpret_cast<std::uint32_t*>(
          builder_.take(detail::round_up(map.aux * sizeof(std::uint32_t)), 0));
      std::ranges::transform(sorted, pairs, &weighted::pair);
      order = pairs;
    }
    std::memcpy(head, &order, sizeof order);
    builder_.put_block(head + sizeof order);
  }
  return true;
}

}  // namespace beamnode::etf
