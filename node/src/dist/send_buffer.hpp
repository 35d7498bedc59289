#pragma once
/// Bytes on their way out, in two halves: one is being written by somebody and stays where it is,
/// the other one grows meanwhile.

#include <beamnode/etf/byte_buffer.hpp>

#include <cstddef>

namespace beamnode::dist {

class send_buffer {
 public:
  /// A half above this is given back once it is empty.
  static constexpr std::size_t kept_size = std::size_t{1024} * 1024;

  /// Where to append. Never what is being written.
  [[nodiscard]] etf::byte_buffer& growing() noexcept { return growing_; }

  /// The bytes to write now. They stay valid and in place until written() has been told of all of
  /// them, whatever is appended meanwhile.
  [[nodiscard]] etf::bytes_view begin_write() noexcept {
    if (writing_.empty()) writing_.swap(growing_);
    return writing_.view().subspan(written_);
  }

  /// The bytes that begin_write() would return, without holding them still for later appends.
  [[nodiscard]] etf::bytes_view next() const noexcept {
    return writing_.empty() ? growing_.view() : writing_.view().subspan(written_);
  }

  /// The first `count` bytes of begin_write() have left.
  void written(std::size_t count) noexcept {
    written_ += std::min(count, begin_write().size());
    if (written_ != writing_.size()) return;
    written_ = 0;
    writing_.clear();
    if (writing_.capacity() > kept_size) writing_ = {};
  }

  /// Bytes that have not left yet.
  [[nodiscard]] std::size_t pending() const noexcept {
    return writing_.size() - written_ + growing_.size();
  }

 private:
  etf::byte_buffer writing_;
  etf::byte_buffer growing_;
  std::size_t written_ = 0;
};

}  // namespace beamnode::dist
