#include "runtime/delayed_sends.hpp"

#include <utility>

namespace beamnode::runtime {

namespace {

constexpr std::size_t fewest_places = 64;

}  // namespace

delayed_sends::~delayed_sends() {
  for (delayed_send* chain : table_) {
    while (chain != nullptr) delete std::exchange(chain, chain->next_);
  }
}

delayed_send& delayed_sends::add(std::uint64_t number, const destination& to,
                                 etf::bytes_view message) {
  if (size_ == table_.size()) resize(table_.empty() ? fewest_places : table_.size() * 2);
  auto* const added = new delayed_send(number, to, message);
  added->next_ = std::exchange(table_[place_of(number)], added);
  ++size_;
  return *added;
}

delayed_send* delayed_sends::find(std::uint64_t number) const noexcept {
  if (table_.empty()) return nullptr;
  delayed_send* one = table_[place_of(number)];
  while (one != nullptr && one->number_ != number) one = one->next_;
  return one;
}

void delayed_sends::remove(delayed_send& gone) noexcept {
  delayed_send** link = &table_[place_of(gone.number_)];
  while (*link != &gone) link = &(*link)->next_;
  *link = gone.next_;
  delete &gone;
  // A burst of timers does not keep its table for good.
  if (--size_ == 0 && table_.size() > fewest_places) table_ = {};
}

void delayed_sends::resize(std::size_t places) {
  std::vector<delayed_send*> before(places);
  before.swap(table_);
  for (delayed_send* chain : before) {
    while (chain != nullptr) {
      delayed_send& one = *std::exchange(chain, chain->next_);
      one.next_ = std::exchange(table_[place_of(one.number_)], &one);
    }
  }
}

}  // namespace beamnode::runtime
