#include "runtime/shard.hpp"

namespace beamnode::runtime {

shard::traced::traced(shard& home, etf::bytes_view token, std::span<const etf::atom> refs)
    : home_(home) {
  if (token.empty()) return;
  if (const auto read = trace_token::read(token, refs)) home.trace_token_ = read->encode();
}

shard::traced::traced(shard& home, process_state& sender) : home_(home) {
  if (sender.trace && sender.trace->has_token()) {
    home.trace_token_ = sender.trace->next(home.pid_of(sender));
  }
}

}  // namespace beamnode::runtime
