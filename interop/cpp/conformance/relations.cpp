// The part of the active functions that makes processes, links and monitors.
#include "peer.hpp"

#include <optional>

namespace conformance {

namespace {

using clock = std::chrono::steady_clock;
constexpr duration for_ever = duration::max();

// erlang:spawn gives a pid in any case: where the node cannot be had, of a process that ends with
// the reason why.
pid crashed(process& self, const term& reason) {
  return self.spawn([reason](process&) -> task<> {
    throw exit_with(reason);
    co_return;
  });
}

task<pid> spawn_there(process& self, term node, term module, term function, term arguments) {
  mfa_call call = mfa_list(atom_of(module), atom_of(function), arguments);
  std::optional<term> failed;
  try {
    co_return co_await self.spawn(atom_of(node).text(), std::move(call));
  } catch (const error_with& e) {
    failed = e.reason();
  }
  co_return crashed(self, *failed);
}

using end_of_process = std::tuple<pid, term>;

task<end_of_process> spawn_monitor_wait(process& self, term node, term module, term function,
                                        term arguments) {
  mfa_call call = mfa_list(atom_of(module), atom_of(function), arguments);
  std::optional<term> failed;
  try {
    const auto [child, ref] = co_await self.spawn_monitor(atom_of(node).text(), std::move(call));
    const down end = co_await self.receive_down(ref);
    co_return end_of_process{child, end.reason};
  } catch (const error_with& e) {
    failed = e.reason();
  }
  co_return end_of_process{crashed(self, *failed), *failed};
}

// The exit signal of this process, if it comes in time.
task<std::optional<term>> exit_of(process& self, pid from, duration limit) {
  const clock::time_point end = limit == for_ever ? clock::time_point::max() : clock::now() + limit;
  for (;;) {
    const duration left = limit == for_ever ? for_ever : end - clock::now();
    const std::optional<exit_signal> signal =
        co_await self.receive<exit_signal>(std::max(left, duration::zero()));
    if (!signal) co_return std::nullopt;
    if (signal->from == from) co_return signal->reason;
  }
}

task<end_of_process> spawn_link_trap(process& self, term node, term module, term function,
                                     term arguments) {
  mfa_call call = mfa_list(atom_of(module), atom_of(function), arguments);
  self.trap_exit(true);
  std::optional<term> failed;
  try {
    const pid child = co_await self.spawn_link(atom_of(node).text(), std::move(call));
    const std::optional<term> reason = co_await exit_of(self, child, for_ever);
    co_return end_of_process{child, *reason};
  } catch (const error_with& e) {
    failed = e.reason();
  }
  co_return end_of_process{crashed(self, *failed), *failed};
}

task<term> monitor_wait(process& self, term target, term ms) {
  const duration limit = timeout_of(ms);
  const destination to = destination_of(target);
  if (target.is_reference()) throw error_with("badarg"_atom);
  const reference ref =
      target.is_pid() ? self.monitor(std::get<pid>(to)) : self.monitor(std::get<registered>(to));
  const std::optional<down> end = co_await self.receive<down>(limit);
  if (end) co_return term::from(tuple("DOWN"_atom, "process"_atom, end->object, end->reason));
  self.demonitor(ref);
  co_return term("timeout"_atom);
}

task<term> link_wait(process& self, term target, term ms) {
  const duration limit = timeout_of(ms);
  const pid other = pid_of(target);
  self.trap_exit(true);
  self.link(other);
  const std::optional<term> reason = co_await exit_of(self, other, limit);
  if (reason) co_return term::from(tuple("EXIT"_atom, other, *reason));
  self.unlink(other);
  co_return term("timeout"_atom);
}

task<term> link_unlink(process& self, term target, std::int64_t times) {
  const pid other = pid_of(target);
  self.trap_exit(true);
  for (std::int64_t i = 1; i <= times; ++i) {
    if (i % 2 == 1) {
      self.link(other);
    } else {
      self.unlink(other);
    }
    co_await self.yield();
  }
  if (times % 2 == 0) co_return term("ok"_atom);
  co_return co_await link_wait(self, target, term::from(5000));
}

}  // namespace

void export_relations(node& n) {
  export_as(n, "spawn", spawn_there);
  export_as(n, "spawn_monitor_wait", spawn_monitor_wait);
  export_as(n, "spawn_link_trap", spawn_link_trap);
  export_as(n, "monitor_wait", monitor_wait);
  export_as(n, "link_wait", link_wait);
  export_as(n, "link_unlink", link_unlink);
  export_as(n, "exit", [](process& self, const term& to, const term& reason) {
    self.exit(pid_of(to), reason);
    return true;
  });
}

}  // namespace conformance
