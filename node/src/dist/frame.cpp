#include "dist/frame.hpp"

#include <beamnode/etf/spare_buffers.hpp>

#include <string>
#include <utility>

namespace beamnode::dist {

using etf::bytes_view;

std::size_t frame_buffer::frame_size() const noexcept {
  if (received() < frame_header_size) return 0;
  const std::size_t length = etf::load_big<std::uint32_t>(buffer_.data() + begin_);
  return std::min(length, max_frame_) + frame_header_size;
}

// How large the whole buffer should be for the frame in progress, which starts at its front.
std::size_t frame_buffer::wanted_room() const noexcept {
  const std::size_t doubled = std::max(received() * 2, read_size);
  const std::size_t whole = frame_size();
  return whole == 0 ? doubled : std::max(std::min(whole, doubled), read_size);
}

// A used buffer that has room for the whole frame saves growing towards it.
void frame_buffer::make_room(std::size_t room) {
  if (frame_size() > buffer_.capacity()) {
    etf::byte_buffer used = etf::spare_buffers::of_this_thread().take(frame_size());
    if (used.capacity() != 0) {
      used.append({buffer_.data(), end_});
      buffer_.swap(used);
    }
  }
  buffer_.extend(room - buffer_.size());
}

void frame_buffer::borrow(etf::byte_buffer& shared) {
  if (borrowed_ || received() > shared_size || frame_size() > shared_size) return;
  if (shared.size() != shared_size) {
    shared = {};
    shared.extend(shared_size);
  }
  if (received() != 0) std::memcpy(shared.data(), buffer_.data() + begin_, received());
  end_ = received();
  begin_ = 0;
  buffer_.swap(shared);
  borrowed_ = true;
}

void frame_buffer::give_back(etf::byte_buffer& shared) {
  if (!borrowed_) return;
  borrowed_ = false;
  shared.clear();
  if (received() == 0) {
    shared = {};
  } else {
    shared.append({buffer_.data() + begin_, received()});
  }
  end_ = received();
  begin_ = 0;
  buffer_.swap(shared);
}

std::span<std::uint8_t> frame_buffer::prepare() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kept_size)
      etf::spare_buffers::of_this_thread().give(std::exchange(buffer_, {}));
  }
  if (buffer_.size() - end_ < read_size / 4) {
    if (begin_ != 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, received());
      end_ -= begin_;
      begin_ = 0;
    }
    std::size_t room = wanted_room();
    if (room <= end_) room = end_ + read_size / 4;  // whole frames wait to be taken
    if (buffer_.size() < room) make_room(room);
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
