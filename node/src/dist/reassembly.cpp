#include "dist/reassembly.hpp"

#include <beamnode/etf/spare_buffers.hpp>

#include <algorithm>
#include <string>

namespace beamnode::dist {
namespace {

error malformed(const opened_frame& piece, const std::string& why) {
  return error(errc::malformed_fragment, "sequence " + std::to_string(piece.sequence) +
                                             ", fragment " + std::to_string(piece.fragment) + ": " +
                                             why);
}

}  // namespace

result<std::optional<assembled>> reassembly::add(const opened_frame& piece) {
  auto found = sequences_.find(piece.sequence);
  if (piece.is_first) {
    if (found != sequences_.end()) {
      return malformed(piece, "a message of that sequence is under way already");
    }
    if (sequences_.size() >= max_sequences) {
      return error(errc::too_many_fragments,
                   "more than " + std::to_string(max_sequences) + " messages are under way");
    }
    found = sequences_.try_emplace(piece.sequence).first;
    found->second.expected = piece.fragment;
    // Only room that is there already: nothing is reserved for what a peer announces.
    if (piece.fragment <= max_message_ / std::max<std::size_t>(piece.terms.size(), 1)) {
      found->second.message.terms =
          etf::spare_buffers::of_this_thread().take(piece.fragment * piece.terms.size());
    }
    found->second.message.atom_refs.assign(piece.atom_refs.begin(), piece.atom_refs.end());
  } else if (found == sequences_.end()) {
    return malformed(piece, "no message of that sequence is under way");
  }
  sequence& under_way = found->second;
  if (piece.fragment != under_way.expected) {
    return malformed(piece, "fragment " + std::to_string(under_way.expected) + " is due");
  }
  const std::size_t before = under_way.message.terms.size();
  if (piece.terms.size() > max_message_ - before) {
    return error(errc::message_too_large,
                 "at most " + std::to_string(max_message_) + " bytes are accepted in fragments");
  }
  if (piece.terms.size() > max_unfinished_ - unfinished_bytes_) {
    return error(errc::too_many_fragments, "more than " + std::to_string(max_unfinished_) +
                                               " bytes of messages are under way");
  }
  under_way.message.terms.append(piece.terms);
  unfinished_bytes_ += piece.terms.size();
  if (--under_way.expected != 0) return std::optional<assembled>{};
  std::optional<assembled> whole(std::move(under_way.message));
  unfinished_bytes_ -= whole->terms.size();
  sequences_.erase(found);
  return whole;
}

}  // namespace beamnode::dist
