#include <beamnode/handshake/conversation.hpp>

#include "framing.hpp"

namespace beamnode::handshake {

conversation::conversation(handshake::side role, step first, local_node local,
                           std::uint32_t challenge, prefix framing)
    : role_(role),
      step_(first),
      prefix_(framing),
      challenge_(challenge),
      local_(std::move(local)) {}

result<std::size_t> conversation::feed(etf::bytes_view input) {
  std::size_t used = 0;
  while (!failed() && status() == phase::wants_input) {
    const auto next = first_message(input.subspan(used), prefix_);
    if (!next) {
      fail(next.error());
      break;
    }
    if (!*next) return used;
    take((*next)->payload);
    used += (*next)->size;
  }
  if (failed()) return failure_;
  return used;
}

void conversation::written(std::size_t count) { output_.remove_front(count); }

phase conversation::status() const noexcept {
  if (!output_.empty()) return phase::wants_output;
  if (failed()) return phase::failed;
  return finished_ ? phase::done : awaited();
}

phase conversation::awaited() const noexcept {
  switch (step_) {
    case step::status: return role_ == side::acceptor ? phase::wants_decision : phase::wants_input;
    case step::alive_answer:
      return role_ == side::initiator ? phase::wants_decision : phase::wants_input;
    case step::confirmation: return phase::wants_confirmation;
    default: return phase::wants_input;
  }
}

void conversation::closed(std::string_view reason) {
  const bool reply_is_out = output_.empty();
  const bool over = failed() || (finished_ && reply_is_out);
  output_.clear();
  if (over) return;
  if (role_ == side::initiator && step_ == step::challenge_ack && reply_is_out) {
    return fail(errc::cookie_mismatch,
                "closed the connection after our challenge reply: cookie mismatch");
  }
  std::string detail = "the connection ended";
  if (!reason.empty()) detail.append(" (").append(reason).append(")");
  fail(errc::closed_by_peer, detail);
}

void conversation::timed_out() {
  if (status() == phase::done || status() == phase::failed) return;
  output_.clear();
  fail(errc::timed_out);
}

void conversation::cancelled() {
  if (status() == phase::done || status() == phase::failed) return;
  output_.clear();
  fail(errc::cancelled);
}

void conversation::fail(errc code, std::string detail) {
  if (failed()) return;
  failure_ = error(code, std::move(detail), role_, step_, peer_.name);
}

std::size_t conversation::begin_message() {
  const std::size_t start = output_.size();
  output_.extend(static_cast<std::size_t>(prefix_));
  return start;
}

void conversation::end_message(std::size_t start) {
  const std::size_t head = static_cast<std::size_t>(prefix_);
  const std::size_t size = output_.size() - start - head;
  if (prefix_ == prefix::two_bytes) {
    etf::store_big(output_.data() + start, static_cast<std::uint16_t>(size));
  } else {
    etf::store_big(output_.data() + start, static_cast<std::uint32_t>(size));
  }
}

}  // namespace beamnode::handshake
