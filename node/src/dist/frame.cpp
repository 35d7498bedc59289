#include "dist/frame.hpp"

#include <string>

namespace beamnode::dist {

using etf::bytes_view;

// How large the whole buffer should be for the frame in progress, which starts at its front.
std::size_t frame_buffer::wanted_room() const noexcept {
  const std::size_t doubled = std::max(received() * 2, read_size);
  if (received() < frame_header_size) return doubled;
  const std::size_t length = etf::load_big<std::uint32_t>(buffer_.data() + begin_);
  const std::size_t whole = std::min(length, max_frame_) + frame_header_size;
  return std::max(std::min(whole, doubled), read_size);
}

std::span<std::uint8_t> frame_buffer::prepare() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kept_size) buffer_ = {};
  }
  if (buffer_.size() - end_ < read_size / 4) {
    if (begin_ != 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, received());
      end_ -= begin_;
      begin_ = 0;
    }
    std::size_t room = wanted_room();
    if (room <= end_) room = end_ + read_size / 4;  // whole frames wait to be taken
    if (buffer_.size() < room) buffer_.extend(room - buffer_.size());
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

result<std::optional<bytes_view>> frame_buffer::next() {
  if (received() < frame_header_size) return std::optional<bytes_view>{};
  const std::size_t length = etf::load_big<std::uint32_t>(buffer_.data() + begin_);
  if (length > max_frame_) {
    return error(errc::frame_too_large, std::to_string(length) + " bytes, at most " +
                                            std::to_string(max_frame_) + " are accepted");
  }
  if (received() - frame_header_size < length) return std::optional<bytes_view>{};
  const bytes_view body(buffer_.data() + begin_ + frame_header_size, length);
  begin_ += frame_header_size + length;
  return std::optional<bytes_view>(body);
}

}  // namespace beamnode::dist
