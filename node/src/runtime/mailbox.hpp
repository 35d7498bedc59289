#pragma once
/// Messages in order of arrival, priority messages before the others, and places in it.
///
/// What lies before a place did not fit the receive that goes on there and is not looked at again
/// by it, unless a priority message arrives. There are two: one of receives that look for shapes,
/// and one of receives for the answer to a reference, which begin behind what was there when the
/// reference was made and leave the other place as it was.

#include "runtime/envelope.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace beamnode::detail {
class receiver;
}

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
    for (place* one : {&here_, &there_}) {
      if (one->past_priority) *one = {last_priority_, false};
    }
    marks_.reset();
    last_priority_ = e;
    ++size_;
  }

  using matcher = bool (*)(detail::receiver&, const message&);
  /// A receive with this matcher begins: at the oldest message, or where the last one stopped if it
  /// had the same.
  void begin(matcher match) noexcept {
    if (here_is_for_answers_) turn();
    if (tried_ == match) return;
    here_ = {};
    tried_ = match;
  }
  /// Back to the oldest message.
  void rewind() noexcept {
    begin(nullptr);
    here_ = {};
  }
  /// Behind the newest message: a receive for an answer that cannot have come yet begins.
  void rewind_to_end() noexcept {
    if (!here_is_for_answers_) turn();
    here_ = end();
  }
  /// Reference number `serial` has just been made: nothing that is here already answers it.
  void mark(std::uint64_t serial) {
    if (last_ == nullptr) return;
    if (!marks_) marks_ = std::make_unique<marks>();
    marks_->add(serial, end());
  }
  /// Behind what was here when reference number `serial` was made, as far as that is still known.
  void rewind_to(std::uint64_t serial) noexcept {
    if (!here_is_for_answers_) turn();
    here_ = marks_ ? marks_->before(serial) : place{};
  }

  /// The next message that this receive has not looked at, or null.
  [[nodiscard]] envelope* peek() noexcept { return *slot_behind(here_.behind); }
  /// Leaves the peeked message where it is, for a later receive.
  void pass() noexcept {
    if (here_.behind == last_priority_) here_.past_priority = true;
    here_.behind = peek();
  }
  /// Removes the peeked message.
  [[nodiscard]] envelope_ptr take() noexcept {
    envelope* const before = here_.behind;
    envelope** const slot = slot_behind(before);
    envelope* const e = *slot;
    *slot = e->next;
    if (last_ == e) last_ = before;
    if (last_priority_ == e) last_priority_ = before;
    if (there_.behind == e) there_ = here_;
    if (marks_) marks_->replace(e, here_);
    --size_;
    return envelope_ptr(e);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept {
    rewind();
    while (first_ != nullptr) static_cast<void>(take());
  }

 private:
  /// Behind this message; null: before all.
  struct place {
    envelope* behind = nullptr;
    bool past_priority = false;  // that is an ordinary message
  };

  /// How far the mailbox went when references were made, of the latest few that differ.
  class marks {
   public:
    void add(std::uint64_t serial, place at) noexcept {
      // Nothing came since the newest mark: it serves both references.
      const one& newest = all_[(next_ + count - 1) % count];
      if (newest.serial != 0 && newest.at.behind == at.behind) return;
      all_[next_] = {serial, at};
      next_ = (next_ + 1) % count;
    }
    [[nodiscard]] place before(std::uint64_t serial) const noexcept {
      one best{};
      for (const one& m : all_) {
        if (m.serial <= serial && m.serial > best.serial) best = m;
      }
      return best.at;
    }
    void replace(const envelope* gone, place by) noexcept {
      for (one& m : all_) {
        if (m.at.behind == gone) m.at = by;
      }
    }

   private:
    struct one {
      std::uint64_t serial = 0;
      place at;
    };
    static constexpr std::size_t count = 4;
    one all_[count];
    std::size_t next_ = 0;
  };

  void turn() noexcept {
    std::swap(here_, there_);
    here_is_for_answers_ = !here_is_for_answers_;
  }
  envelope** slot_behind(envelope* e) noexcept { return e == nullptr ? &first_ : &e->next; }
  [[nodiscard]] place end() const noexcept { return {last_, last_ != last_priority_}; }

  envelope* first_ = nullptr;
  envelope* last_ = nullptr;
  envelope* last_priority_ = nullptr;
  place here_;               // of the receive that goes on
  place there_;              // of the other sort
  matcher tried_ = nullptr;  // what the place for shapes has been moved for
  std::unique_ptr<marks> marks_;
  std::uint32_t size_ = 0;
  bool here_is_for_answers_ = false;
};

}  // namespace beamnode::runtime
