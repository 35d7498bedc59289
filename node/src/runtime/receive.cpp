#include <beamnode/node/receive.hpp>

#include "runtime/shard.hpp"

namespace beamnode::runtime {

void process_state::change_token(etf::bytes_view token) {
  if (!trace) trace = std::make_unique<trace_state>();
  trace->received(token.empty() ? std::nullopt : trace_token::read(token));
}

bool process_state::try_messages(detail::receiver& r) {
  while (envelope* const e = inbox.peek()) {
    ++home.examined_;
    // What the receive holds from before is of no use to it any more.
    r.taken_ = message(envelope_ptr(e));
    bool fits = false;
    try {
      fits = r.match_(r, r.taken_);
    } catch (...) {
      // A codec of the user's: the message stays where it is, the process ends.
      static_cast<void>(r.taken_.release());
      home.fail(*this, std::current_exception());
      return false;
    }
    if (fits) {
      static_cast<void>(inbox.take().release());
      if (trace || e->token_size != 0) change_token(e->token());
      r.timed_out_ = false;
      r.waits_ = r.index != 0;
      return true;
    }
    static_cast<void>(r.taken_.release());
    inbox.pass();
  }
  return r.timed_out_;
}

bool process_state::waits_outside() noexcept {
  if (outside == nullptr) return false;
  if (exit_reason && !outside_cancelled) {
    outside_cancelled = true;
    outside->cancel();
  }
  return outside != nullptr;
}

}  // namespace beamnode::runtime

namespace beamnode::detail {

using runtime::process_state;
using runtime::state_of;

void receiver::leave() noexcept {
  process_state& p = state_of(self_);
  if (p.waiting_for == this) p.waiting_for = nullptr;
  p.home.clock().cancel(*this);
}

void receiver::skip_present() noexcept {
  state_of(self_).inbox.rewind_to_end();
  begin_ = begin_at::here;
}

void receiver::skip_before(const etf::reference& ref) noexcept {
  state_of(self_).inbox.rewind_to(runtime::shard::number_of(ref));
  begin_ = begin_at::here;
}

bool receiver::await_ready() {
  process_state& p = state_of(self_);
  if (begin_ == begin_at::untried) p.inbox.begin(match_);
  if (begin_ == begin_at::front) p.inbox.rewind();
  if (p.exit_reason || p.busy || p.reductions == 0) return false;
  --p.reductions;
  const bool ready = p.try_receive(*this);
  if (p.exit_reason) return false;
  if (!ready && timeout_ <= duration::zero()) {
    timed_out_ = true;
    return true;
  }
  return ready;
}

void receiver::await_suspend(std::coroutine_handle<> awaiting) {
  process_state& p = state_of(self_);
  p.resume_point = awaiting;
  p.waiting_for = this;
  waits_ = true;
  if (timeout_ != duration::max()) p.home.clock().arm(*this, p.home.now() + timeout_);
}

bool outside_wait::suspend(std::coroutine_handle<> awaiting) noexcept {
  process_state& p = state_of(self_);
  p.resume_point = awaiting;
  p.waiting_for = nullptr;
  if (p.exit_reason) return false;
  p.outside = this;
  return true;
}

void outside_wait::complete() noexcept {
  process_state& p = state_of(self_);
  p.outside = nullptr;
  p.home.make_runnable(p);
  p.home.wake();
}

bool yielder::await_ready() const noexcept {
  process_state& p = state_of(self_);
  if (p.exit_reason || p.busy || p.reductions == 0) return false;
  --p.reductions;
  return true;
}

void yielder::await_suspend(std::coroutine_handle<> awaiting) const noexcept {
  process_state& p = state_of(self_);
  p.resume_point = awaiting;
  p.waiting_for = nullptr;
}

void receiver::on_timer(runtime::timer& t) {
  auto& self = static_cast<receiver&>(t);
  self.timed_out_ = true;
  runtime::process_state& p = state_of(self.self_);
  p.home.make_runnable(p);
}

}  // namespace beamnode::detail
