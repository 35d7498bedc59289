#include "runtime/trace_token.hpp"

#include <algorithm>

namespace beamnode::runtime {

std::optional<trace_token> trace_token::read(etf::bytes_view bare,
                                             std::span<const etf::atom> refs) {
  etf::reader in(bare, refs);
  const etf::term whole = etf::codec<etf::term>::decode(in);
  if (!in.ok() || !whole.is_tuple(5)) return std::nullopt;
  const auto serial = whole[2].as_int64();
  const auto previous = whole[4].as_int64();
  if (!serial || !previous) return std::nullopt;
  return trace_token{whole[0], whole[1], *serial, whole[3], *previous};
}

etf::byte_buffer trace_token::encode() const {
  etf::byte_buffer bytes;
  etf::writer out{bytes};
  out.write_tuple(5);
  flags.write_to(out);
  label.write_to(out);
  out.write_integer(serial);
  from.write_to(out);
  out.write_integer(previous);
  return bytes;
}

void trace_state::received(std::optional<trace_token> token) {
  token_ = std::move(token);
  if (!token_) return;
  clock_ = std::max(clock_, token_->serial);
  last_ = token_->serial;
}

etf::byte_buffer trace_state::next(const etf::pid& sender) {
  token_->from = etf::term::from(sender);
  token_->serial = ++clock_;
  token_->previous = last_;
  return token_->encode();
}

}  // namespace beamnode::runtime
