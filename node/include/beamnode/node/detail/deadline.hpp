#pragma once
/// Waits that several receives share.

#include <beamnode/node/process.hpp>

#include <chrono>

namespace beamnode::detail {

/// When a wait of this length, from now, is over. Never: time_point::max().
[[nodiscard]] std::chrono::steady_clock::time_point deadline_after(process& self, duration timeout);
[[nodiscard]] duration time_left(process& self, std::chrono::steady_clock::time_point deadline);

}  // namespace beamnode::detail
