#include "otp/child_spec.hpp"
#include "otp/keeper.hpp"

#include <algorithm>

namespace beamnode {

task<> supervisor::operator()(process& self, init_ack up) const {
  otp::keeper keeper(self, how_, children_, up);
  co_await keeper.run();
}

}  // namespace beamnode

namespace beamnode::otp {

namespace {

// What a supervisor tells itself.
using forget_restart = std::tuple<etf::literal<"$forget_restart">, pid>;
using retry = std::tuple<etf::literal<"$try_again_restart">, std::int64_t>;
using settle = etf::literal<"$settle">;

/// No fault: normal, shutdown, {shutdown, _}.
bool is_good(const term& reason) {
  return reason.is(atom("normal")) || reason.is(atom("shutdown")) ||
         (reason.is_tuple(2) && reason[0].is(atom("shutdown")));
}

task<> run_child(process& self, detail::child_body body, pid starter, reference ref, message more) {
  const init_ack up(self, starter, ref);
  co_await body(self, up, more);
}

}  // namespace

keeper::keeper(process& self, const supervisor_options& how, const std::vector<child_spec>& specs,
               const init_ack& up)
    : self_(self), how_(how), up_(up) {
  if (simple()) {
    if (specs.size() != 1) {
      throw exit_with(tuple(atom("start_spec"), atom("simple_one_for_one_has_one_child")));
    }
    dynamic_ = std::make_shared<child_spec>(specs.front());
    return;
  }
  for (const child_spec& spec : specs) {
    if (find(spec.id) != children_.end()) {
      throw exit_with(tuple(atom("start_spec"), tuple(atom("duplicate_child_name"), spec.id)));
    }
    keep(std::make_shared<child_spec>(spec), etf::list());
  }
}

task<> keeper::run() {
  self_.trap_exit(true);
  std::exception_ptr cause;
  try {
    co_await start_all();
    up_();
    co_await serve_callers();
  } catch (...) {
    cause = std::current_exception();
  }
  co_await end_all();
  std::rethrow_exception(cause);
}

keeper::place keeper::keep(std::shared_ptr<const child_spec> spec, const term& more) {
  return children_.insert(children_.end(), kept{.spec = std::move(spec),
                                                .more = more,
                                                .now = {},
                                                .restarting = false,
                                                .key = ++next_key_});
}

keeper::place keeper::find(const term& id) {
  return std::find_if(children_.begin(), children_.end(),
                      [&](const kept& child) { return child.spec->id == id; });
}

void keeper::forget(place child) {
  if (child->now) running_.erase(*child->now);
  children_.erase(child);
}

void keeper::log(const child_spec& child, std::string_view what, const term& reason) {
  self_.log("supervisor " + term::from(self_.pid()).to_string() + ": child " +
            child.id.to_string() + " " + std::string(what) + ": " + reason.to_string());
}

// -- starting ------------------------------------------------------------------------------------

task<> keeper::start_all() {
  for (place child = children_.begin(); child != children_.end();) {
    const place one = child++;
    const std::optional<term> failed = co_await start(one);
    if (failed) {
      log(*one->spec, "does not start", *failed);
      throw exit_with(
          tuple(atom("shutdown"), tuple(atom("failed_to_start_child"), one->spec->id, *failed)));
    }
    if (!one->now && one->spec->restart == temporary) forget(one);
  }
}

task<std::optional<term>> keeper::start(place child) {
  child->restarting = false;
  std::optional<term> failed;
  if (child->spec->call) {
    failed = co_await start_by_name(child);
  } else {
    failed = co_await start_body(child);
  }
  if (child->now) running_.emplace(*child->now, child);
  co_return failed;
}

task<std::optional<term>> keeper::start_body(place child) {
  const child_spec& spec = *child->spec;
  if (!spec.name.empty()) {
    if (const auto there = self_.whereis(atom(spec.name))) {
      co_return term::from(tuple(atom("already_started"), *there));
    }
  }
  const reference ref = self_.make_reference();
  const pid started =
      self_.spawn(spawn_options{.name = spec.name, .link = true}, run_child, spec.body, self_.pid(),
                  ref, message::copy_of(detail::encode_bare(child->more)));
  bool waiting = true;
  std::optional<term> failed;
  while (waiting) {
    co_await self_.receive(
        [&](const detail::init_acked& up) {
          if (up.ref != ref) return;
          waiting = false;
          if (!up.ignored) child->now = started;
        },
        [&](const exit_signal& signal) {
          if (signal.from != started) return put_off(signal);
          waiting = false;
          failed = signal.reason;
        });
  }
  co_return failed;
}

task<std::optional<term>> keeper::start_by_name(place child) {
  const mfa_call& call = *child->spec->call;
  etf::reader r(call.arguments);
  auto arguments = etf::codec<std::vector<term>>::decode(r);
  for (const term& more : child->more.elements()) arguments.push_back(more);
  const auto request = tuple(atom("start_link"), call.module, call.function, arguments);
  const call_result<term> answer =
      co_await self_.try_call<term>(registered("beamnode"), request, infinity);
  if (!answer) co_return answer.error().reason;
  if (answer->is_tuple(2) && (*answer)[0].is(atom("ok"))) {
    child->now = (*answer)[1].as_pid();
    co_return std::nullopt;
  }
  co_return answer->is_tuple(2) ? (*answer)[1] : *answer;
}

// -- ending --------------------------------------------------------------------------------------

task<> keeper::end(std::vector<place> children, duration patience) {
  using deadline = std::tuple<etf::literal<"$patience">, reference>;
  std::unordered_map<reference, place> waiting;
  for (const place child : children) {
    child->restarting = false;
    if (!child->now) continue;
    waiting.emplace(self_.monitor(*child->now), child);
    self_.unlink(*child->now);
    self_.exit(*child->now, atom(patience == brutal_kill ? "kill" : "shutdown"));
  }
  // What had ended before is told by its exit signal.
  for (;;) {
    const std::optional<exit_signal> signal = co_await self_.receive<exit_signal>(duration(0));
    if (!signal) break;
    const auto found = running_.find(signal->from);
    const bool mine = found != running_.end() &&
                      std::find(children.begin(), children.end(), found->second) != children.end();
    if (!mine) {
      put_off(*signal);
    } else if (!is_good(signal->reason)) {
      log(*found->second->spec, "ended", signal->reason);
    }
  }
  const reference clock = self_.make_reference();
  std::optional<reference> timer;
  if (patience != brutal_kill && patience != infinity) {
    timer = self_.send_after(patience, self_.pid(), tuple(atom("$patience"), clock));
  }
  while (!waiting.empty()) {
    co_await self_.receive([&](const down& message) { on_down(message, waiting); },
                           [&](const deadline& over) {
                             if (std::get<1>(over) != clock) return;
                             for (const auto& [ref, child] : waiting) {
                               self_.exit(*child->now, atom("kill"));
                             }
                           });
  }
  if (timer) self_.cancel_timer(*timer);
}

void keeper::on_down(const down& message, std::unordered_map<reference, place>& waiting) {
  const auto found = waiting.find(message.ref);
  if (found == waiting.end()) return;
  const place child = found->second;
  waiting.erase(found);
  running_.erase(*child->now);
  child->now.reset();
  const bool as_told = is_good(message.reason) || message.reason.is(atom("noproc")) ||
                       (child->spec->shutdown == brutal_kill && message.reason.is(atom("killed")));
  if (!as_told) log(*child->spec, "did not shut down as told", message.reason);
}

task<> keeper::end_all() {
  std::vector<place> all;
  for (place child = children_.begin(); child != children_.end(); ++child) all.push_back(child);
  if (simple()) {
    co_await end(std::move(all), dynamic_->shutdown);
    co_return;
  }
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    const duration patience = (*one)->spec->shutdown;
    co_await end(std::vector<place>(1, *one), patience);
  }
}

// -- restarting ----------------------------------------------------------------------------------

void keeper::put_off(const exit_signal& signal) {
  if (pending_.empty()) self_.send(self_.pid(), atom("$settle"));
  pending_.push_back(signal);
}

task<> keeper::on_pending() {
  while (!pending_.empty()) {
    const exit_signal signal = std::move(pending_.front());
    pending_.pop_front();
    co_await on_exit(signal);
  }
}

task<> keeper::on_exit(exit_signal signal) {
  const auto found = running_.find(signal.from);
  if (found == running_.end()) {
    if (signal.from == up_.starter() || !signal.reason.is(atom("normal"))) {
      throw exit_with(signal.reason);
    }
    co_return;
  }
  const place child = found->second;
  running_.erase(found);
  child->now.reset();
  const std::shared_ptr<const child_spec> spec = child->spec;
  const bool good = is_good(signal.reason);
  if (!good) log(*spec, "ended", signal.reason);
  if (spec->restart == permanent || (spec->restart == transient && !good)) {
    co_await restart(child);
    co_return;
  }
  if (simple() || spec->restart == temporary) forget(child);
  if (spec->significant) end_if_significant(*spec);
}

void keeper::end_if_significant(const child_spec& ended) {
  const auto other = [&](const kept& child) {
    return child.spec->significant && child.spec->id != ended.id && child.now;
  };
  if (how_.auto_shutdown == any_significant ||
      (how_.auto_shutdown == all_significant &&
       std::none_of(children_.begin(), children_.end(), other))) {
    throw exit_with(atom("shutdown"));
  }
}

task<bool> keeper::count_restart() {
  for (;;) {
    const auto over = co_await self_.receive<forget_restart>(duration(0));
    if (!over) break;
    --restarts_;
  }
  ++restarts_;
  self_.send_after(how_.max_seconds, self_.pid(), tuple(atom("$forget_restart"), self_.pid()));
  co_return restarts_ > how_.max_restarts;
}

task<> keeper::restart(place child) {
  const bool too_often = co_await count_restart();
  if (too_often) {
    log(*child->spec, "was restarted too often", atom("shutdown"));
    throw exit_with(atom("shutdown"));
  }
  std::vector<place> all;
  const bool alone = simple() || how_.strategy == one_for_one;
  const place first = how_.strategy == one_for_all ? children_.begin() : child;
  const place last = alone ? std::next(child) : children_.end();
  for (place one = first; one != last; ++one) all.push_back(one);
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    const duration patience = (*one)->spec->shutdown;
    co_await end(std::vector<place>(1, *one), patience);
  }
  for (const place one : all) {
    if (one->spec->restart == temporary) {
      forget(one);
      continue;
    }
    const std::optional<term> failed = co_await start(one);
    if (!failed) continue;
    log(*one->spec, "does not start", *failed);
    one->restarting = true;
    self_.send(self_.pid(), tuple(atom("$try_again_restart"), one->key));
    co_return;
  }
}

task<> keeper::on_retry(std::int64_t key) {
  const auto child = std::find_if(children_.begin(), children_.end(),
                                  [&](const kept& one) { return one.key == key; });
  if (child != children_.end() && child->restarting) co_await restart(child);
}

// -- serving -------------------------------------------------------------------------------------

task<> keeper::serve_callers() {
  using etf::literal;
  co_await serve(self_, on_info([&](const exit_signal& signal) { return on_exit(signal); }),
                 on_info([&](const settle&) { return on_pending(); }),
                 on_info([&](const forget_restart&) {
                   if (restarts_ > 0) --restarts_;
                 }),
                 on_info([&](const retry& again) { return on_retry(std::get<1>(again)); }),
                 on_call([&](const literal<"which_children">&) { return which_children(); }),
                 on_call([&](const literal<"count_children">&) { return count_children(); }),
                 on_call([&](const std::tuple<literal<"start_child">, term>& asked) {
                   return start_child(std::get<1>(asked));
                 }),
                 on_call([&](const std::tuple<literal<"restart_child">, term>& asked) {
                   return restart_child(std::get<1>(asked));
                 }),
                 on_call([&](const std::tuple<literal<"terminate_child">, term>& asked) {
                   return terminate_child(std::get<1>(asked));
                 }),
                 on_call([&](const std::tuple<literal<"delete_child">, term>& asked) {
                   return delete_child(std::get<1>(asked));
                 }),
                 on_call([&](const std::tuple<literal<"get_childspec">, term>& asked) {
                   return get_childspec(std::get<1>(asked));
                 }),
                 on_call([&](const std::tuple<literal<"which_child">, term>& asked) {
                   return which_child(std::get<1>(asked));
                 }),
                 on_info([](const term&) {}));
}

}  // namespace beamnode::otp
