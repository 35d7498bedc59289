/// What callers ask of a supervisor: the functions of OTP's supervisor, with its replies.

#include "otp/child_spec.hpp"
#include "otp/keeper.hpp"

namespace beamnode::otp {

namespace {

template <class T> term ok(const T& value) { return term::from(tuple(atom("ok"), value)); }
template <class T> term error(const T& reason) { return term::from(tuple(atom("error"), reason)); }
term not_found() { return error(atom("not_found")); }
term dynamic_only() { return error(atom("simple_one_for_one")); }

}  // namespace

task<term> keeper::start_child(term given) {
  if (simple()) co_return co_await start_dynamic(given);
  const call_result<child_spec> spec = read_child_spec(given);
  if (!spec) co_return error(spec.error().reason);
  if (const place there = find(spec->id); there != children_.end()) {
    if (there->now) co_return error(tuple(atom("already_started"), *there->now));
    co_return error(atom("already_present"));
  }
  const place child = keep(std::make_shared<child_spec>(*spec), etf::list());
  const std::optional<term> failed = co_await start(child);
  if (failed) {
    forget(child);
    log(*spec, "does not start", *failed);
    co_return error(tuple(*failed, child_record(*spec)));
  }
  co_return ok(child->now ? term::from(*child->now) : term(atom("undefined")));
}

task<term> keeper::start_dynamic(const term& arguments) {
  if (!arguments.is_nil() && !arguments.is_proper_list()) co_return error(atom("badarg"));
  const place child = keep(dynamic_, arguments);
  const std::optional<term> failed = co_await start(child);
  const std::optional<pid> now = child->now;
  if (!now) forget(child);
  if (!failed) co_return ok(now ? term::from(*now) : term(atom("undefined")));
  log(*dynamic_, "does not start", *failed);
  co_return error(*failed);
}

task<term> keeper::restart_child(term id) {
  if (simple()) co_return dynamic_only();
  const place child = find(id);
  if (child == children_.end()) co_return not_found();
  if (child->now) co_return error(atom("running"));
  if (child->restarting) co_return error(atom("restarting"));
  const std::optional<term> failed = co_await start(child);
  if (failed) {
    log(*child->spec, "does not start", *failed);
    co_return error(*failed);
  }
  co_return ok(child->now ? term::from(*child->now) : term(atom("undefined")));
}

task<term> keeper::terminate_child(term id) {
  if (simple()) {
    const std::optional<pid> who = id.as_pid();
    if (!who) co_return dynamic_only();
    co_return co_await terminate_dynamic(*who);
  }
  const place child = find(id);
  if (child == children_.end()) co_return not_found();
  const duration patience = child->spec->shutdown;
  co_await end(std::vector<place>(1, child), patience);
  if (child->spec->restart == temporary) forget(child);
  co_return atom("ok");
}

task<term> keeper::terminate_dynamic(const pid& who) {
  const auto found = running_.find(who);
  if (found == running_.end()) {
    const bool over = who.node == self_.node() && !self_.is_alive(who);
    co_return over ? term(atom("ok")) : not_found();
  }
  const place child = found->second;
  co_await end(std::vector<place>(1, child), dynamic_->shutdown);
  forget(child);
  co_return atom("ok");
}

term keeper::delete_child(const term& id) {
  if (simple()) return dynamic_only();
  const place child = find(id);
  if (child == children_.end()) return not_found();
  if (child->now) return error(atom("running"));
  if (child->restarting) return error(atom("restarting"));
  forget(child);
  return atom("ok");
}

term keeper::get_childspec(const term& id) {
  if (simple()) return ok(child_spec_term(*dynamic_));
  if (const std::optional<pid> who = id.as_pid()) {
    const auto found = running_.find(*who);
    return found == running_.end() ? not_found() : ok(child_spec_term(*found->second->spec));
  }
  const place child = find(id);
  return child == children_.end() ? not_found() : ok(child_spec_term(*child->spec));
}

term keeper::which_child(const term& id) {
  if (simple()) return dynamic_only();
  const place child = find(id);
  return child == children_.end() ? not_found() : ok(describe(*child));
}

term keeper::describe(const kept& child) const {
  const term now = child.now          ? term::from(*child.now)
                   : child.restarting ? term(atom("restarting"))
                                      : term(atom("undefined"));
  return term::from(tuple(simple() ? term(atom("undefined")) : child.spec->id, now,
                          child_type(*child.spec), child_modules(*child.spec)));
}

term keeper::which_children() const {
  std::vector<term> all;  // the youngest first, as OTP's supervisor has it
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    all.push_back(describe(*child));
  }
  return term::from(all);
}

term keeper::count_children() const {
  std::int64_t supervisors = 0;
  for (const kept& child : children_) supervisors += child.spec->is_supervisor ? 1 : 0;
  const auto all = static_cast<std::int64_t>(children_.size());
  return etf::list(tuple(atom("specs"), simple() ? std::int64_t{1} : all),
                   tuple(atom("active"), static_cast<std::int64_t>(running_.size())),
                   tuple(atom("supervisors"), supervisors),
                   tuple(atom("workers"), all - supervisors));
}

}  // namespace beamnode::otp
