#include "dist/fragmenter.hpp"

#include <algorithm>

#include "dist/frame.hpp"
#include "dist/header.hpp"

namespace beamnode::dist {

using etf::bytes_view;

void fragmenter::add_large(const etf::pid& sender, etf::byte_buffer control,
                           std::shared_ptr<const etf::byte_buffer> payload, std::size_t lone_size) {
  auto place = senders_.find(sender);
  if (place == senders_.end()) {
    turns_.push_back({sender, {}});
    place = senders_.emplace(sender, std::prev(turns_.end())).first;
  }
  pending_ += control.size() + payload->size();
  large_message& message = place->second->messages.emplace_back();
  message.sequence = ++last_sequence_;
  message.fragment_size = lone_size;
  message.control = std::move(control);
  message.payload = std::move(payload);
}

void fragmenter::add_behind(const etf::pid& sender, bytes_view frame) {
  const auto place = senders_.find(sender);
  if (place == senders_.end()) return;
  place->second->messages.back().behind.append(frame);
  pending_ += frame.size();
}

void fragmenter::take_turn(send_queue& out) {
  if (turns_.empty()) return;
  const auto turn = turns_.begin();
  large_message& message = turn->messages.front();
  const std::size_t size = message.payload->size();
  const bool is_first = message.fragments_left == 0;
  if (is_first) {
    if (turns_.size() != 1) message.fragment_size = fragment_size;
    message.fragments_left =
        std::max<std::size_t>((size + message.fragment_size - 1) / message.fragment_size, 1);
  }
  const bytes_view piece = message.payload->view().subspan(
      message.sent, std::min(message.fragment_size, size - message.sent));
  // 131, 69 | 70, sequence, fragment; then, in the first, no atoms and the control message.
  const std::size_t front = 2 + 8 + 8 + (is_first ? 1 + message.control.size() : 0);
  std::uint8_t* to = out.bytes().extend(frame_header_size + front);
  etf::store_big(to, static_cast<std::uint32_t>(front + piece.size()));
  to[4] = etf::version_magic;
  to[5] = is_first ? first_fragment_form : fragment_form;
  etf::store_big(to + 6, message.sequence);
  etf::store_big(to + 14, message.fragments_left);
  if (is_first) {
    to[22] = 0;
    std::ranges::copy(message.control.view(), to + 23);
    pending_ -= message.control.size();
  }
  out.appended(frame_header_size + front);
  out.splice(piece, message.payload);
  message.sent += piece.size();
  pending_ -= piece.size();
  if (--message.fragments_left == 0) {
    out.bytes().append(message.behind);
    out.appended(message.behind.size());
    pending_ -= message.behind.size();
    turn->messages.pop_front();
  }
  if (turn->messages.empty()) {
    senders_.erase(turn->sender);
    turns_.erase(turn);
  } else {
    turns_.splice(turns_.end(), turns_, turn);
  }
}

}  // namespace beamnode::dist
