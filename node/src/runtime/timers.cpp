#include "runtime/timers.hpp"

#include <algorithm>

namespace beamnode::runtime {

namespace {

constexpr std::size_t children = 4;

}  // namespace

void timers::place(const entry& e, std::size_t index) noexcept {
  heap_[index] = e;
  e.what->index = index + 1;
}

void timers::sift_up(entry e, std::size_t index) noexcept {
  while (index > 0) {
    const std::size_t parent = (index - 1) / children;
    if (!e.before(heap_[parent])) break;
    place(heap_[parent], index);
    index = parent;
  }
  place(e, index);
}

void timers::sift_down(entry e, std::size_t index) noexcept {
  for (;;) {
    const std::size_t first = children * index + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + children, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(e)) break;
    place(heap_[least], index);
    index = least;
  }
  place(e, index);
}

void timers::arm(timer& t, time_point deadline) {
  cancel(t);
  heap_.push_back({deadline, ++armed_, &t});
  sift_up(heap_.back(), heap_.size() - 1);
}

void timers::cancel(timer& t) noexcept {
  if (t.index == 0) return;
  const std::size_t index = t.index - 1;
  t.index = 0;
  const entry last = heap_.back();
  heap_.pop_back();
  if (last.what == &t) return;
  if (index > 0 && last.before(heap_[(index - 1) / children])) {
    sift_up(last, index);
  } else {
    sift_down(last, index);
  }
}

void timers::advance(time_point now) {
  while (!heap_.empty() && heap_.front().deadline <= now) {
    timer& due = *heap_.front().what;
    cancel(due);
    due.fire(due);
  }
}

std::optional<timers::time_point> timers::next() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().deadline;
}

}  // namespace beamnode::runtime
