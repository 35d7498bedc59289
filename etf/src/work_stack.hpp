#pragma once
/// The stack of a walk through a term, in place of recursion: on the machine's stack while the term
/// is as shallow as most are, then on the heap.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace beamnode::etf {

template <class T> class work_stack {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  work_stack() noexcept = default;
  work_stack(const work_stack&) = delete;
  work_stack& operator=(const work_stack&) = delete;
  ~work_stack() = default;

  [[nodiscard]] bool empty() const noexcept { return top_ == bottom_; }
  [[nodiscard]] T& back() noexcept { return top_[-1]; }
  /// `value` may lie in this stack.
  void push(T value) {
    if (top_ == end_) grow();
    new (top_) T(value);
    ++top_;
  }
  void pop() noexcept { --top_; }

 private:
  T* first() noexcept { return reinterpret_cast<T*>(&inline_[0]); }

  void grow() {
    const auto size = static_cast<std::size_t>(top_ - bottom_);
    auto grown = std::make_unique_for_overwrite<T[]>(2 * size);
    std::copy(bottom_, top_, grown.get());
    heap_ = std::move(grown);
    bottom_ = heap_.get();
    top_ = bottom_ + size;
    end_ = bottom_ + 2 * size;
  }

  static constexpr std::size_t inline_size = 16;

  alignas(T) std::byte inline_[inline_size * sizeof(T)];
  std::unique_ptr<T[]> heap_;
  T* bottom_ = first();
  T* top_ = bottom_;
  T* end_ = bottom_ + inline_size;
};

}  // namespace beamnode::etf
