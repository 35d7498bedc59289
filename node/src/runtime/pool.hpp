#pragma once
/// Memory for coroutine frames, messages and process records: small blocks that a thread frees are
/// kept by it for reuse, in lists by size, up to a few MiB for each size; the rest goes back to
/// malloc. Blocks may be freed on another thread than the one they came from.

#include <array>
#include <cstddef>
#include <new>

namespace beamnode::runtime {

namespace pool {

// Under AddressSanitizer reuse would hide use after free.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool reuses = false;
#elif defined(__has_feature)
inline constexpr bool reuses = !__has_feature(address_sanitizer);
#else
inline constexpr bool reuses = true;
#endif

/// Blocks of 8, 24, 40 ... bytes: with the 8 of malloc they fill its steps of 16.
inline constexpr std::size_t step = 16;
inline constexpr std::size_t largest = 2040;
[[nodiscard]] constexpr std::size_t class_of(std::size_t size) noexcept {
  return (size + step - 9) / step;
}
[[nodiscard]] constexpr std::size_t size_of(std::size_t size_class) noexcept {
  return size_class * step + 8;
}

struct free_block {
  free_block* next;
};
struct free_list {
  free_block* first = nullptr;
  std::size_t room = 0;  // how many more blocks it takes
};
/// All zero when a thread starts; its first freed block gives the lists their room.
using free_lists = std::array<free_list, class_of(largest) + 1>;
extern constinit thread_local free_lists of_this_thread;

/// Blocks that this thread took and did not free, for tests; not counted in release builds.
#ifdef NDEBUG
inline constexpr bool counts = false;
#else
inline constexpr bool counts = true;
#endif
extern constinit thread_local std::ptrdiff_t blocks_in_use;

[[nodiscard]] void* allocate_anew(std::size_t size);
void free_into_full_list(void* block, std::size_t size) noexcept;

}  // namespace pool

[[nodiscard]] inline void* pool_allocate(std::size_t size) {
  if (pool::counts) ++pool::blocks_in_use;
  if (!pool::reuses || size > pool::largest) return pool::allocate_anew(size);
  pool::free_list& list = pool::of_this_thread[pool::class_of(size)];
  pool::free_block* const block = list.first;
  if (block == nullptr) return pool::allocate_anew(pool::size_of(pool::class_of(size)));
  list.first = block->next;
  ++list.room;
  return block;
}

inline void pool_free(void* block, std::size_t size) noexcept {
  if (pool::counts) --pool::blocks_in_use;
  if (!pool::reuses || size > pool::largest) return pool::free_into_full_list(block, size);
  pool::free_list& list = pool::of_this_thread[pool::class_of(size)];
  if (list.room == 0) return pool::free_into_full_list(block, size);
  --list.room;
  list.first = ::new (block) pool::free_block{list.first};
}

}  // namespace beamnode::runtime
