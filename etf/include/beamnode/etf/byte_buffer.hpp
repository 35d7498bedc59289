#pragma once
/// A growing buffer of bytes to be written: like std::vector, but growth does not zero what is
/// about to be overwritten.

#include <beamnode/etf/bytes.hpp>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace beamnode::etf {

class byte_buffer {
 public:
  byte_buffer() = default;
  explicit byte_buffer(bytes_view content) { append(content); }
  byte_buffer(const byte_buffer& other) : byte_buffer(other.view()) {}
  byte_buffer(byte_buffer&& other) noexcept { swap(other); }
  byte_buffer& operator=(byte_buffer other) noexcept {
    swap(other);
    return *this;
  }
  // realloc grows in place where it can, which no owning container does.
  ~byte_buffer() { std::free(data_); }  // NOLINT(cppcoreguidelines-no-malloc)

  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
  [[nodiscard]] std::uint8_t* data() noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bytes_view view() const noexcept { return {data_, size_}; }
  operator bytes_view() const noexcept { return view(); }

  /// Makes room for `count` more bytes and returns where they start; their content is undefined.
  std::uint8_t* extend(std::size_t count) {
    std::uint8_t* const start = room(count);
    size_ += count;
    return start;
  }
  /// Room for `count` bytes behind the last one; end_at() says where what was filled of it ends.
  std::uint8_t* room(std::size_t count) {
    if (capacity_ - size_ < count) grow(count);
    return data_ + size_;
  }
  void end_at(const std::uint8_t* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }
  void append(bytes_view bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }
  void append(std::uint8_t byte) { *extend(1) = byte; }
  void reserve(std::size_t total) {
    if (total > capacity_) grow(total - size_);
  }
  /// Shortens to `size`, which must not exceed size(). Capacity stays.
  void truncate(std::size_t size) noexcept { size_ = std::min(size, size_); }
  void clear() noexcept { size_ = 0; }
  /// Removes the first `count` bytes, moving the rest down.
  void remove_front(std::size_t count) noexcept {
    count = std::min(count, size_);
    size_ -= count;
    if (size_ != 0) std::memmove(data_, data_ + count, size_);
  }
  void swap(byte_buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  void grow(std::size_t count) {
    const std::size_t capacity = std::max<std::size_t>({size_ + count, capacity_ * 2, 64});
    void* const grown = std::realloc(data_, capacity);  // NOLINT(cppcoreguidelines-no-malloc)
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<std::uint8_t*>(grown);
    capacity_ = capacity;
  }

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

inline bool operator==(const byte_buffer& a, const byte_buffer& b) noexcept {
  return std::ranges::equal(a.view(), b.view());
}

}  // namespace beamnode::etf
