#pragma once
/// Messages in order of arrival, priority messages before the others, with one cursor: what lies
/// before it did not fit the receive that is going on and is not looked at again by it, unless a
/// priority message arrives.

#include "runtime/envelope.hpp"

#include <cstddef>

namespace beamnode::runtime {

class mailbox {
 public:
  mailbox() = default;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() { clear(); }

  void push(envelope_ptr arrived) noexcept {
    envelope* const e = arrived.release();
    e->next = nullptr;
    *slot_behind(last_) = e;
    last_ = e;
    ++size_;
  }

  /// Behind the priority messages that are there, before all others.
  void push_priority(envelope_ptr arrived) noexcept {
    envelope* const e = arrived.release();
    envelope** const slot = slot_behind(last_priority_);
    e->next = *slot;
    *slot = e;
    if (last_ == last_priority_) last_ = e;
    // A receive that has passed this place looks at it too.
    if (past_priority_) cursor_ = last_priority_;
    past_priority_ = false;
    last_priority_ = e;
    ++size_;
  }

  /// Back to the oldest message: a new receive begins.
  void rewind() noexcept {
    cursor_ = nullptr;
    past_priority_ = false;
  }
  /// Behind the newest message: a receive for an answer that cannot have come yet begins.
  void rewind_to_end() noexcept {
    cursor_ = last_;
    past_priority_ = last_ != last_priority_;
  }

  /// The next message that this receive has not looked at, or null.
  [[nodiscard]] envelope* peek() noexcept { return *slot_behind(cursor_); }
  /// Leaves the peeked message where it is, for a later receive.
  void pass() noexcept {
    if (cursor_ == last_priority_) past_priority_ = true;
    cursor_ = peek();
  }
  /// Removes the peeked message.
  [[nodiscard]] envelope_ptr take() noexcept {
    envelope* const e = peek();
    *slot_behind(cursor_) = e->next;
    if (last_ == e) last_ = cursor_;
    if (last_priority_ == e) last_priority_ = cursor_;
    --size_;
    return envelope_ptr(e);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept {
    rewind();
    while (first_ != nullptr) static_cast<void>(take());
  }

 private:
  envelope** slot_behind(envelope* e) noexcept { return e == nullptr ? &first_ : &e->next; }

  envelope* first_ = nullptr;
  envelope* last_ = nullptr;
  envelope* last_priority_ = nullptr;
  envelope* cursor_ = nullptr;  // last message passed over; null: none
  bool past_priority_ = false;  // the cursor is at an ordinary message
  std::size_t size_ = 0;
};

}  // namespace beamnode::runtime
