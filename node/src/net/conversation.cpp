#include "net/conversation.hpp"

#include <beamnode/handshake/flags.hpp>

#include <vector>

namespace beamnode::net {

conversation::conversation(etf::atom peer, const handshake::peer& proven,
                           const dist::channel_options& options, std::size_t busy_limit, owner& to,
                           clock::time_point now)
    : owner_(to),
      channel_(options, now),
      peer_(peer),
      creation_(proven.creation),
      flags_(proven.flags),
      hidden_((proven.flags & handshake::flag::published) == 0),
      busy_limit_(busy_limit) {}

connection_info conversation::info() const {
  const dist::channel_counters& counted = channel_.counters();
  return {.node = peer_,
          .hidden = hidden_,
          .bytes_in = counted.bytes_in,
          .bytes_out = counted.bytes_out,
          .messages_in = counted.messages_in,
          .messages_out = counted.messages_out,
          .bytes_to_write = channel_.pending_output(),
          .processes_suspended = waiting_.size(),
          .unfinished_messages = channel_.unfinished_messages(),
          .unfinished_bytes = channel_.unfinished_bytes()};
}

bool conversation::is_news(std::uint64_t unknown_operation) {
  constexpr std::size_t most = 100;
  return unknown_operations_.size() < most && unknown_operations_.insert(unknown_operation).second;
}

bool conversation::take_messages() {
  for (;;) {
    const auto next = channel_.next();
    if (!next) {
      close({"connection_closed", "protocol error: " + next.error().message()});
      return false;
    }
    if (!*next) break;
    owner_.on_message(*this, **next);
    if (closed_) return false;
  }
  if (channel_.pending_output() != 0) has_output();  // a tick in answer
  return true;
}

void conversation::release_waiting() {
  if (waiting_.empty() || (!closed_ && channel_.queued() >= busy_limit_ / 2)) return;
  std::vector<etf::pid> ready;
  std::erase_if(waiting_, [&](const etf::pid& sender) {
    if (!closed_ && channel_.is_sending_large(sender)) return false;
    ready.push_back(sender);
    return true;
  });
  for (const etf::pid& sender : ready) owner_.on_writable(sender);
}

}  // namespace beamnode::net
