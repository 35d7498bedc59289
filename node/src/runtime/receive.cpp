#include <beamnode/node/receive.hpp>

#include "runtime/shard.hpp"

namespace beamnode::runtime {

void process_state::adopt_token(etf::bytes_view token) {
  if (token.empty() && !trace) return;
  if (!trace) trace = std::make_unique<trace_state>();
  trace->received(token.empty() ? std::nullopt : trace_token::read(token));
}

bool process_state::try_receive() {
  detail::receiver& r = *waiting_for;
  while (envelope* const e = inbox.peek()) {
    message m{envelope_ptr(e)};
    const bool fits = r.match_(r, m);
    static_cast<void>(m.release());
    if (!fits) {
      inbox.pass();
      continue;
    }
    adopt_token(e->token());
    r.taken_ = message(inbox.take());
    r.timed_out_ = false;
    return true;
  }
  return r.timed_out_;
}

}  // namespace beamnode::runtime

namespace beamnode::detail {

using runtime::process_state;
using runtime::state_of;

receiver::receiver(process& self, matcher match, std::optional<duration> timeout) noexcept
    : self_(self), match_(match), timeout_(timeout) {
  fire = &on_timer;
}

receiver::~receiver() {
  process_state& p = state_of(self_);
  if (p.waiting_for == this) p.waiting_for = nullptr;
  p.home.clock().cancel(*this);
}

void receiver::skip_present() noexcept {
  state_of(self_).inbox.rewind_to_end();
  from_front_ = false;
}

bool receiver::await_ready() {
  process_state& p = state_of(self_);
  if (from_front_) p.inbox.rewind();
  if (p.exit_reason || p.busy || p.reductions == 0) return false;
  --p.reductions;
  p.waiting_for = this;
  const bool ready = p.try_receive();
  p.waiting_for = nullptr;
  if (!ready && timeout_ && *timeout_ <= duration::zero()) {
    timed_out_ = true;
    return true;
  }
  return ready;
}

void receiver::await_suspend(std::coroutine_handle<> awaiting) {
  process_state& p = state_of(self_);
  p.resume_point = awaiting;
  p.waiting_for = this;
  if (timeout_ && *timeout_ != duration::max()) {
    p.home.clock().arm(*this, p.home.now() + *timeout_);
  }
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
