#include "dist/send_queue.hpp"

#include <algorithm>

namespace beamnode::dist {

using etf::bytes_view;

void send_queue::splice(bytes_view piece, std::shared_ptr<const etf::byte_buffer> owner) {
  if (piece.empty()) return;
  pieces_.push_back({bytes_.size(), piece, std::move(owner)});
  pending_ += piece.size();
}

std::size_t send_queue::front(std::span<bytes_view> into) const noexcept {
  std::size_t filled = 0;
  std::size_t at = begin_;
  for (const large_piece& large : pieces_) {
    if (large.at != at && filled < into.size()) {
      into[filled++] = bytes_.view().subspan(at, large.at - at);
      at = large.at;
    }
    if (filled == into.size()) return filled;
    into[filled++] = large.piece;
  }
  if (at != bytes_.size() && filled < into.size()) into[filled++] = bytes_.view().subspan(at);
  return filled;
}

void send_queue::written(std::size_t count) noexcept {
  count = std::min(count, pending_);
  pending_ -= count;
  while (!pieces_.empty()) {
    large_piece& next = pieces_.front();
    const std::size_t before = std::min(count, next.at - begin_);
    begin_ += before;
    count -= before;
    const std::size_t inside = std::min(count, next.piece.size());
    next.piece = next.piece.subspan(inside);
    count -= inside;
    if (begin_ != next.at || !next.piece.empty()) return;
    pieces_.pop_front();
  }
  begin_ += count;
  if (begin_ == bytes_.size()) {
    begin_ = 0;
    bytes_.clear();
    if (bytes_.capacity() > kept_size) bytes_ = {};
  } else if (begin_ > kept_size && begin_ > bytes_.size() / 2) {
    bytes_.remove_front(begin_);
    for (large_piece& large : pieces_) large.at -= begin_;
    begin_ = 0;
  }
}

}  // namespace beamnode::dist
