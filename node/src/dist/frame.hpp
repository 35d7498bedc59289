#pragma once
/// The framing of an established connection: each frame is its length in four bytes, then its body.
/// An empty frame is a tick (erl_dist_protocol: Protocol between Connected Nodes).

#include <beamnode/etf/byte_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dist/error.hpp"

namespace beamnode::dist {

/// Bytes in front of every frame's body.
inline constexpr std::size_t frame_header_size = 4;

/// Collects received bytes and cuts them into frames.
class frame_buffer {
 public:
  /// Room that is offered to a read at least.
  static constexpr std::size_t read_size = std::size_t{64} * 1024;
  /// Room of a buffer that many channels share.
  static constexpr std::size_t shared_size = std::size_t{256} * 1024;
  /// A buffer above this is given back once it is empty.
  static constexpr std::size_t kept_size = std::size_t{1024} * 1024;

  explicit frame_buffer(std::size_t max_frame) noexcept : max_frame_(max_frame) {}

  /// Until give_back(), reads go into `shared`, whose whole size is room, unless a frame is under
  /// way that is larger: between reads a connection needs no more memory than what waits.
  void borrow(etf::byte_buffer& shared);
  void give_back(etf::byte_buffer& shared);

  /// Room to read into. Grows with what has arrived, never to a length only because it was
  /// announced: at most to twice what is there, and not above max_frame for one frame.
  [[nodiscard]] std::span<std::uint8_t> prepare();

  /// `count` bytes of the room of prepare() are filled.
  void commit(std::size_t count) noexcept { end_ += std::min(count, buffer_.size() - end_); }

  /// The body of the next whole frame, empty for a tick; a view valid until the next prepare().
  /// nullopt: more bytes are needed. Fails with frame_too_large as soon as the length is there.
  [[nodiscard]] result<std::optional<etf::bytes_view>> next();

  /// The buffer behind the frame that next() returned last, if that is all it holds; else null. It
  /// may be taken.
  [[nodiscard]] etf::byte_buffer* owner() noexcept {
    return begin_ == end_ && !borrowed_ ? &buffer_ : nullptr;
  }

 private:
  [[nodiscard]] std::size_t received() const noexcept { return end_ - begin_; }
  [[nodiscard]] std::size_t wanted_room() const noexcept;
  void make_room(std::size_t room);
  /// Of the frame in progress, as far as that is known.
  [[nodiscard]] std::size_t frame_size() const noexcept;

  bool borrowed_ = false;
  etf::byte_buffer buffer_;  // its size is the room there is
  std::size_t begin_ = 0;    // first byte not yet handed out
  std::size_t end_ = 0;      // behind the last byte received
  std::size_t max_frame_;
};

}  // namespace beamnode::dist
