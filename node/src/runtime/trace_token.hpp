#pragma once
/// Sequential trace tokens (kernel: seq_trace): what travels with messages so that a tracer can
/// follow one of them through all processes it makes active. A process takes over the token of each
/// message it receives, or none, and sends with the one it has.

#include <beamnode/etf/term.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace beamnode::runtime {

/// {Flags, Label, Serial, From, Previous}
struct trace_token {
  etf::term flags;
  etf::term label;
  std::int64_t serial = 0;
  etf::term from;
  std::int64_t previous = 0;

  /// Nothing for what is no token.
  [[nodiscard]] static std::optional<trace_token> read(etf::bytes_view bare,
                                                       std::span<const etf::atom> refs = {});
  /// One bare term.
  [[nodiscard]] etf::byte_buffer encode() const;
};

/// What a process that takes part remembers: the token it has, the highest serial it has seen and
/// that of the message it received last.
class trace_state {
 public:
  void received(std::optional<trace_token> token);
  [[nodiscard]] bool has_token() const noexcept { return token_.has_value(); }
  /// The token of the next message that `sender` sends; there must be one.
  [[nodiscard]] etf::byte_buffer next(const etf::pid& sender);

 private:
  std::optional<trace_token> token_;
  std::int64_t clock_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace beamnode::runtime
