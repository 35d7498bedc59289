#include <beamnode/node/message.hpp>

#include "runtime/envelope.hpp"

namespace beamnode {

void runtime::envelope_deleter::operator()(envelope* e) const noexcept {
  e->dispose();
  pool_free(e, e->footprint());
}

message message::copy_of(bytes_view term, std::span<const atom> atom_refs,
                         const etf::shared_buffer* buffer) {
  return message(runtime::envelope::make_part(term, atom_refs, buffer));
}

bytes_view message::bytes() const noexcept { return content_ ? content_->view() : bytes_view{}; }

std::span<const atom> message::atom_refs() const noexcept {
  if (!content_) return {};
  return {content_->atoms(), content_->atom_count};
}

const etf::shared_buffer* message::buffer() const noexcept {
  return content_ ? content_->buffer() : nullptr;
}

}  // namespace beamnode
