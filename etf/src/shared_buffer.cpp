#include <beamnode/etf/shared_buffer.hpp>
#include <beamnode/etf/spare_buffers.hpp>

#include <utility>

namespace beamnode::etf {
namespace {

struct lent {
  explicit lent(byte_buffer content) noexcept : buffer(std::move(content)) {}
  lent(const lent&) = delete;
  lent& operator=(const lent&) = delete;
  ~lent() { spare_buffers::give_to_this_thread(std::move(buffer)); }

  byte_buffer buffer;
};

}  // namespace

shared_buffer share(byte_buffer content) {
  auto whole = std::make_shared<lent>(std::move(content));
  const byte_buffer* const buffer = &whole->buffer;
  return {std::move(whole), buffer};
}

}  // namespace beamnode::etf
