#pragma once
/// Memory for coroutine frames, messages and process records: small blocks of one thread are kept
/// for reuse in lists by size class. Blocks may be freed on another thread than the one they came
/// from.

#include <cstddef>

namespace beamnode::runtime {

[[nodiscard]] void* pool_allocate(std::size_t size);
void pool_free(void* block, std::size_t size) noexcept;

}  // namespace beamnode::runtime
