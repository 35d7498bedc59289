#pragma once
/// The options of a spawn that another node asks for (erlang:spawn_opt/4): a list, in any order.

#include <beamnode/etf/term.hpp>

#include <optional>
#include <span>

namespace beamnode::runtime {

struct spawn_options_read {
  bool link = false;
  bool monitor = false;
};

/// Nothing for what a BEAM refuses as `badopt`: an unknown option, a known one with a bad value.
/// Sizes and priorities that are right are passed over: they tune the BEAM's heaps and schedulers.
[[nodiscard]] std::optional<spawn_options_read> read_spawn_options(
    etf::bytes_view bare, std::span<const etf::atom> refs = {});

}  // namespace beamnode::runtime
