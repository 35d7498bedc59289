#pragma once
/// How much memory a piece of code holds at most, counted by the address sanitizer's hooks.

#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstddef>

namespace beamnode::fuzz {

class heap_meter {
 public:
  heap_meter() {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    (void)installed;
    held_ = peak_ = 0;
    counts_ = true;
  }
  ~heap_meter() { counts_ = false; }
  heap_meter(const heap_meter&) = delete;
  heap_meter& operator=(const heap_meter&) = delete;

  [[nodiscard]] std::size_t peak() const noexcept { return static_cast<std::size_t>(peak_); }

 private:
  static void on_malloc(const volatile void* /*at*/, std::size_t size) {
    if (!counts_) return;
    held_ += static_cast<std::ptrdiff_t>(size);
    peak_ = std::max(peak_, held_);
  }
  static void on_free(const volatile void* at) {
    if (!counts_ || at == nullptr) return;
    held_ -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(at));
  }

  static inline std::ptrdiff_t held_ = 0;
  static inline std::ptrdiff_t peak_ = 0;
  static inline bool counts_ = false;
};

}  // namespace beamnode::fuzz
