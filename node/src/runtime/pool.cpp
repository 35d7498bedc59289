#include "runtime/pool.hpp"

#include <beamnode/node/task.hpp>

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

namespace beamnode::runtime {

namespace {

void* allocate(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

// Under AddressSanitizer reuse would hide use after free.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooled = false;
#elif defined(__has_feature)
constexpr bool pooled = !__has_feature(address_sanitizer);
#else
constexpr bool pooled = true;
#endif

constexpr std::size_t granule = 32;
constexpr std::size_t classes = 64;  // blocks up to 2 KiB
constexpr std::size_t kept_bytes_per_class = std::size_t{4} * 1024 * 1024;

struct free_block {
  free_block* next;
};

struct free_lists {
  struct list {
    free_block* first = nullptr;
    std::size_t count = 0;
  };
  std::array<list, classes> by_class{};

  free_lists() = default;
  free_lists(const free_lists&) = delete;
  free_lists& operator=(const free_lists&) = delete;
  ~free_lists() {
    for (list& l : by_class) {
      while (l.first != nullptr) std::free(std::exchange(l.first, l.first->next));
    }
  }
};

free_lists& lists() {
  thread_local free_lists of_thread;
  return of_thread;
}

}  // namespace

void* pool_allocate(std::size_t size) {
  const std::size_t index = (size + granule - 1) / granule;
  if (!pooled || index >= classes) return allocate(size);
  free_lists::list& l = lists().by_class[index];
  if (l.first == nullptr) return allocate(index * granule);
  --l.count;
  return std::exchange(l.first, l.first->next);
}

void pool_free(void* block, std::size_t size) noexcept {
  const std::size_t index = (size + granule - 1) / granule;
  if (pooled && index < classes) {
    free_lists::list& l = lists().by_class[index];
    if (l.count * index * granule < kept_bytes_per_class) {
      l.first = ::new (block) free_block{l.first};
      ++l.count;
      return;
    }
  }
  std::free(block);
}

}  // namespace beamnode::runtime

namespace beamnode::detail {

void* allocate_frame(std::size_t size) { return runtime::pool_allocate(size); }
void free_frame(void* frame, std::size_t size) noexcept { runtime::pool_free(frame, size); }

}  // namespace beamnode::detail
