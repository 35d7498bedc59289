#include "runtime/reasons.hpp"
#include "runtime/shard.hpp"

#include <exception>

namespace beamnode::runtime {

namespace {

constexpr std::uint32_t messages_per_slice = 500;

}  // namespace

process_state* shard::pop_runnable() noexcept {
  process_state* const p = run_first_;
  if (p == nullptr) return nullptr;
  run_first_ = p->next_runnable;
  if (run_first_ == nullptr) run_last_ = nullptr;
  return p;
}

bool shard::run(time_point now, std::size_t slices) {
  now_ = now;
  timers_.advance(now);
  for (; slices > 0; --slices) {
    process_state* const p = pop_runnable();
    if (p == nullptr) return false;
    run_one(*p);
  }
  return run_first_ != nullptr;
}

void shard::run_one(process_state& p) {
  if (p.outside != nullptr && p.waits_outside()) {
    p.state = run_state::waiting;
    return;
  }
  if (p.exit_reason) return finish(p);
  if (p.busy) {
    p.state = run_state::blocked;
    return;
  }
  p.reductions = messages_per_slice;
  if (p.waiting_for != nullptr && !p.try_receive(*p.waiting_for)) {
    if (p.exit_reason) return finish(p);
    p.state = run_state::waiting;
    return;
  }
  p.waiting_for = nullptr;
  p.state = run_state::running;
  p.resume_point.resume();
  if (p.body.handle().done() && !p.exit_reason) {
    const std::exception_ptr& cause = p.body.handle().promise().exception();
    if (cause) report_crash(p, cause);
    p.exit_reason = std::make_unique<etf::byte_buffer>(
        cause ? detail::encode_bare(detail::reason_of(cause)) : normal());
  }
  // Where it waits something may have come for it while it ran.
  p.state = run_state::waiting;
  if (p.outside != nullptr) {
    if (p.exit_reason) make_runnable(p);
    return;
  }
  if (p.exit_reason) return finish(p);
  if (p.waiting_for == nullptr || p.inbox.peek() != nullptr) make_runnable(p);
}

void shard::report_crash(const process_state& p, const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const exit_with&) {
    return;  // a process may end itself with any reason; that is no fault
  } catch (const std::exception& e) {
    const std::string who =
        p.name == etf::atom{} ? std::string() : " (" + std::string(p.name.text()) + ")";
    log("process <0." + std::to_string(p.id) + "." + std::to_string(p.serial) + ">" + who +
        " ended: " + e.what());
  } catch (...) {
    log("process ended by an exception of unknown type");
  }
}

void shard::terminate(process_state& p, etf::bytes_view reason) {
  if (p.exit_reason) return;
  p.exit_reason = std::make_unique<etf::byte_buffer>(reason);
  if (p.state == run_state::new_born) return;
  make_runnable(p);
}

void shard::fail(process_state& p, const std::exception_ptr& cause) {
  report_crash(p, cause);
  terminate(p, detail::encode_bare(detail::reason_of(cause)));
}

void shard::unblock(const etf::pid& pid) noexcept {
  process_state* const p = find(pid);
  if (p == nullptr) return;
  p->busy = false;
  if (p->state == run_state::blocked) make_runnable(*p);
}

void shard::finish(process_state& p) {
  p.state = run_state::running;  // destructors in the frame may use self
  p.waiting_for = nullptr;
  p.body.reset();
  break_ties(p, p.exit_reason->view());
  slot& s = slots_[p.id - 1];
  delete s.process;
  s.process = nullptr;
  ++s.serial;
  free_slots_.push_back(static_cast<std::uint32_t>(&s - slots_.data()));
  --live_;
}

}  // namespace beamnode::runtime
