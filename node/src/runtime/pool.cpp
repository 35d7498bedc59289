#include "runtime/pool.hpp"

#include <beamnode/node/task.hpp>

#include <cstdlib>
#include <utility>

namespace beamnode::runtime::pool {

constinit thread_local free_lists of_this_thread{};
constinit thread_local std::ptrdiff_t blocks_in_use = 0;

namespace {

constexpr std::size_t kept_bytes_per_class = std::size_t{4} * 1024 * 1024;

/// Gives the lists of a thread their room, and takes it back when the thread ends.
struct keeper {
  keeper() noexcept {
    for (std::size_t i = 0; i < of_this_thread.size(); ++i) {
      of_this_thread[i].room = kept_bytes_per_class / size_of(i);
    }
  }
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;
  ~keeper() {
    for (free_list& list : of_this_thread) {
      list.room = 0;
      while (list.first != nullptr) std::free(std::exchange(list.first, list.first->next));
    }
  }
};

}  // namespace

void* allocate_anew(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void free_into_full_list(void* block, std::size_t size) noexcept {
  if (reuses && size <= largest) {
    static thread_local bool begun = false;
    if (!begun) {
      begun = true;
      thread_local keeper of_thread;
      if (counts) ++blocks_in_use;  // it is counted once more
      return pool_free(block, size);
    }
  }
  std::free(block);
}

}  // namespace beamnode::runtime::pool

namespace beamnode::detail {

void* allocate_frame(std::size_t size) { return runtime::pool_allocate(size); }
void free_frame(void* frame, std::size_t size) noexcept { runtime::pool_free(frame, size); }

}  // namespace beamnode::detail
