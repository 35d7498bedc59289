#include "runtime/timers.hpp"

namespace beamnode::runtime {

bool timers::before(const timer& a, const timer& b) noexcept {
  return a.deadline != b.deadline ? a.deadline < b.deadline : a.order < b.order;
}

void timers::place(timer& t, std::size_t index) noexcept {
  heap_[index] = &t;
  t.index = index + 1;
}

void timers::sift_up(std::size_t index) noexcept {
  timer& t = *heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!before(t, *heap_[parent])) break;
    place(*heap_[parent], index);
    index = parent;
  }
  place(t, index);
}

void timers::sift_down(std::size_t index) noexcept {
  timer& t = *heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], t)) break;
    place(*heap_[child], index);
    index = child;
  }
  place(t, index);
}

void timers::arm(timer& t, time_point deadline) {
  cancel(t);
  t.deadline = deadline;
  t.order = ++armed_;
  heap_.push_back(&t);
  sift_up(heap_.size() - 1);
}

void timers::cancel(timer& t) noexcept {
  if (t.index == 0) return;
  const std::size_t index = t.index - 1;
  t.index = 0;
  timer* const last = heap_.back();
  heap_.pop_back();
  if (last == &t) return;
  place(*last, index);
  sift_up(index);
  sift_down(last->index - 1);
}

void timers::advance(time_point now) {
  while (!heap_.empty() && heap_.front()->deadline <= now) {
    timer& due = *heap_.front();
    cancel(due);
    due.fire(due);
  }
}

std::optional<timers::time_point> timers::next() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline;
}

}  // namespace beamnode::runtime
