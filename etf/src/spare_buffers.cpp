#include <beamnode/etf/spare_buffers.hpp>

#include <utility>

namespace beamnode::etf {
namespace {

// Under AddressSanitizer reuse would hide use after free.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;
#elif defined(__has_feature)
constexpr bool keeps = !__has_feature(address_sanitizer);
#else
constexpr bool keeps = true;
#endif

/// A buffer may be this many times larger than what it is taken for.
constexpr std::size_t generous = 4;

/// What lives longer than the objects of its thread may still give something back.
struct kept_by_thread {
  spare_buffers spares;
  ~kept_by_thread() { is_over = true; }

  static thread_local constinit bool is_over;
};
thread_local constinit bool kept_by_thread::is_over = false;

}  // namespace

spare_buffers& spare_buffers::of_this_thread() {
  thread_local kept_by_thread of_thread;
  return of_thread.spares;
}

void spare_buffers::give_to_this_thread(byte_buffer used) noexcept {
  if (!kept_by_thread::is_over) of_this_thread().give(std::move(used));
}

void spare_buffers::remove(std::size_t at) noexcept {
  bytes_ -= kept_[at].buffer.capacity();
  std::swap(kept_[at], kept_.back());
  kept_.pop_back();
}

byte_buffer spare_buffers::take(std::size_t size) {
  if (size < smallest) return {};
  std::size_t best = kept_.size();
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const std::size_t room = kept_[i].buffer.capacity();
    if (room < size || room / generous > size) continue;
    if (best == kept_.size() || room < kept_[best].buffer.capacity()) best = i;
  }
  if (best == kept_.size()) return {};
  byte_buffer taken;
  bytes_ -= kept_[best].buffer.capacity();
  taken.swap(kept_[best].buffer);
  remove(best);
  return taken;
}

void spare_buffers::give(byte_buffer used) noexcept {
  const std::size_t room = used.capacity();
  if (!keeps || room < smallest || room > most_bytes - bytes_) return;
  if (kept_.size() == most_buffers) return;
  used.clear();
  if (kept_.capacity() == 0) {
    try {
      kept_.reserve(most_buffers);
    } catch (const std::bad_alloc&) {
      return;
    }
  }
  bytes_ += room;
  kept_.push_back({std::move(used), time_point::min()});
}

void spare_buffers::age(time_point now) noexcept {
  for (std::size_t i = kept_.size(); i-- > 0;) {
    if (kept_[i].since == time_point::min()) {
      kept_[i].since = now;
    } else if (now - kept_[i].since >= patience) {
      remove(i);
    }
  }
}

}  // namespace beamnode::etf
