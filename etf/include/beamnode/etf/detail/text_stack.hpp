#pragma once
/// A stack that grows, at compile time too: what is open while Erlang text is read.

#include <array>
#include <cstddef>

namespace beamnode::etf::detail {

template <class T> class text_stack {
 public:
  constexpr text_stack() noexcept = default;
  text_stack(const text_stack&) = delete;
  text_stack& operator=(const text_stack&) = delete;
  constexpr ~text_stack() { delete[] heap_; }

  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr T& back() noexcept { return at(size_ - 1); }
  constexpr void push(const T& value) {
    if (size_ == capacity_) grow();
    ++size_;
    back() = value;
  }
  constexpr void pop() noexcept { --size_; }

 private:
  static constexpr std::size_t inline_size = 8;

  constexpr T& at(std::size_t index) noexcept {
    return heap_ == nullptr ? inline_[index] : heap_[index];
  }
  constexpr void grow() {
    T* const grown = new T[2 * capacity_]{};
    for (std::size_t i = 0; i < size_; ++i) grown[i] = at(i);
    delete[] heap_;
    heap_ = grown;
    capacity_ *= 2;
  }

  std::array<T, inline_size> inline_{};
  T* heap_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_size;
};

}  // namespace beamnode::etf::detail
