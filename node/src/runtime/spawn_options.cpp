#include "runtime/spawn_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace beamnode::runtime {

namespace {

using etf::term;

template <std::size_t Count>
bool is_one_of(const term& value, const std::array<std::string_view, Count>& names) {
  return value.is_atom() && std::ranges::find(names, value.as_atom()->text()) != names.end();
}

bool is_size(const term& value) {
  const auto size = value.as_int64();
  return size && *size >= 0;
}

/// A size, or a map with it and what happens beyond it.
bool is_heap_limit(const term& value) {
  if (!value.is_map()) return is_size(value);
  const auto size = value.find(etf::atom("size"));
  return size && is_size(*size);
}

bool is_good(std::string_view option, const term& value) {
  constexpr std::array<std::string_view, 4> priorities{"low", "normal", "high", "max"};
  constexpr std::array<std::string_view, 2> places{"on_heap", "off_heap"};
  constexpr std::array<std::string_view, 2> booleans{"true", "false"};
  if (option == "priority") return is_one_of(value, priorities);
  if (option == "message_queue_data") return is_one_of(value, places);
  if (option == "async_dist") return is_one_of(value, booleans);
  if (option == "max_heap_size") return is_heap_limit(value);
  return (option == "min_heap_size" || option == "min_bin_vheap_size" ||
          option == "fullsweep_after" || option == "scheduler") &&
         is_size(value);
}

}  // namespace

std::optional<spawn_options_read> read_spawn_options(etf::bytes_view bare,
                                                     std::span<const etf::atom> refs) {
  etf::reader in(bare, refs);
  const term list = etf::codec<term>::decode(in);
  if (!in.ok() || (!list.is_nil() && !list.is_proper_list())) return std::nullopt;
  spawn_options_read wanted;
  for (const term& option : list.elements()) {
    // {monitor, Options}: they concern the other side only.
    const bool is_pair = option.is_tuple(2) && option[0].is_atom();
    if (option.is(etf::atom("link"))) {
      wanted.link = true;
    } else if (option.is(etf::atom("monitor")) || (is_pair && option[0].is(etf::atom("monitor")))) {
      wanted.monitor = true;
    } else if (!is_pair || !is_good(option[0].as_atom()->text(), option[1])) {
      return std::nullopt;
    }
  }
  return wanted;
}

}  // namespace beamnode::runtime
