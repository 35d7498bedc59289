#pragma once
/// Messages that arrive in pieces, put together again (erl_dist_protocol: Distribution Fragment
/// Header). Pieces of several messages may come interleaved; those of one come in order, counted
/// down to 1. Nothing is reserved for what a first piece promises.

#include <beamnode/etf/byte_buffer.hpp>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dist/header.hpp"

namespace beamnode::dist {

/// A message that is whole: its control message and payload, one behind the other.
struct assembled {
  etf::byte_buffer terms;
  std::vector<etf::atom> atom_refs;
};

class reassembly {
 public:
  /// Messages in progress at once: a process of the peer has at most one of them.
  static constexpr std::size_t max_sequences = 16'384;

  /// At most `max_message` bytes in one message, and `max_unfinished` in all unfinished ones.
  reassembly(std::size_t max_message, std::size_t max_unfinished) noexcept
      : max_message_(max_message), max_unfinished_(max_unfinished) {}

  /// Takes a piece; with the last one of a message that message comes back. Fails when a piece does
  /// not follow the one before, and when a bound is passed.
  [[nodiscard]] result<std::optional<assembled>> add(const opened_frame& piece);

  [[nodiscard]] std::size_t unfinished_bytes() const noexcept { return unfinished_bytes_; }
  [[nodiscard]] std::size_t sequences() const noexcept { return sequences_.size(); }

 private:
  struct sequence {
    std::uint64_t expected = 0;  // the number of the next piece
    assembled message;
  };
  std::unordered_map<std::uint64_t, sequence> sequences_;
  std::size_t max_message_;
  std::size_t max_unfinished_;
  std::size_t unfinished_bytes_ = 0;
};

}  // namespace beamnode::dist
