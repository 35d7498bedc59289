#include "otp/child_spec.hpp"

namespace beamnode::otp {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view restart_names[] = {"permanent", "transient", "temporary"};

call_failure fault(std::string_view what, const term& value) {
  return {term::from(tuple(atom(what), value))};
}

term start_of(const child_spec& spec) {
  if (!spec.call) {
    return term::from(tuple(atom("beamnode"), atom("child"), std::vector<term>{spec.id}));
  }
  etf::reader r(spec.call->arguments);
  const term arguments = etf::codec<term>::decode(r);
  return term::from(tuple(spec.call->module, spec.call->function, arguments));
}

atom restart_of(const child_spec& spec) {
  return atom(restart_names[static_cast<std::size_t>(spec.restart)]);
}

term shutdown_of(const child_spec& spec) {
  if (spec.shutdown == brutal_kill) return atom("brutal_kill");
  if (spec.shutdown == infinity) return atom("infinity");
  return term::from(std::chrono::duration_cast<milliseconds>(spec.shutdown).count());
}

std::optional<restart_type> read_restart(const term& value) {
  for (const restart_type one : {permanent, transient, temporary}) {
    if (value.is(atom(restart_names[static_cast<std::size_t>(one)]))) return one;
  }
  return std::nullopt;
}

std::optional<duration> read_shutdown(const term& value) {
  if (value.is(atom("brutal_kill"))) return brutal_kill;
  if (value.is(atom("infinity"))) return infinity;
  const std::optional<std::int64_t> ms = value.as_int64();
  if (!ms || *ms < 0) return std::nullopt;
  return *ms > std::chrono::duration_cast<milliseconds>(duration::max()).count()
             ? infinity
             : duration(milliseconds(*ms));
}

bool is_mfa(const term& start) {
  return start.is_tuple(3) && start[0].is_atom() && start[1].is_atom() && start[2].is_list() &&
         (start[2].is_nil() || start[2].is_proper_list());
}

/// The tuple form of old as the map that says the same.
term as_map(const term& spec) {
  if (!spec.is_tuple(6)) return spec;
  return etf::map(atom("id"), spec[0], atom("start"), spec[1], atom("restart"), spec[2],
                  atom("shutdown"), spec[3], atom("type"), spec[4], atom("modules"), spec[5]);
}

}  // namespace

call_result<child_spec> read_child_spec(const term& given) {
  const term spec = as_map(given);
  if (!spec.is_map()) return fault("invalid_child_spec", given);
  const auto get = [&](std::string_view key) { return spec.find(atom(key)); };
  child_spec made;
  const std::optional<term> id = get("id");
  if (!id) return call_failure{atom("missing_id")};
  made.id = *id;
  const std::optional<term> start = get("start");
  if (!start) return call_failure{atom("missing_start")};
  if (!is_mfa(*start)) return fault("invalid_mfa", *start);
  made.call = mfa_list(*(*start)[0].as_atom(), *(*start)[1].as_atom(), (*start)[2]);
  if (const auto type = get("type")) {
    made.is_supervisor = type->is(atom("supervisor"));
    if (!made.is_supervisor && !type->is(atom("worker"))) return fault("invalid_child_type", *type);
    if (made.is_supervisor) made.shutdown = infinity;
  }
  if (const auto restart = get("restart")) {
    const std::optional<restart_type> read = read_restart(*restart);
    if (!read) return fault("invalid_restart_type", *restart);
    made.restart = *read;
  }
  if (const auto shutdown = get("shutdown")) {
    const std::optional<duration> read = read_shutdown(*shutdown);
    if (!read) return fault("invalid_shutdown", *shutdown);
    made.shutdown = *read;
  }
  if (const auto significant = get("significant")) {
    const etf::result<bool> read = significant->as<bool>();
    if (!read) return fault("invalid_significant", *significant);
    made.significant = *read;
  }
  return made;
}

term child_spec_term(const child_spec& spec) {
  return etf::map(atom("id"), spec.id, atom("start"), start_of(spec), atom("restart"),
                  restart_of(spec), atom("shutdown"), shutdown_of(spec), atom("type"),
                  child_type(spec), atom("modules"), child_modules(spec), atom("significant"),
                  spec.significant);
}

term child_record(const child_spec& spec) {
  return term::from(tuple(atom("child"), atom("undefined"), spec.id, start_of(spec),
                          restart_of(spec), spec.significant, shutdown_of(spec), child_type(spec),
                          child_modules(spec)));
}

term child_modules(const child_spec& spec) {
  return etf::list(spec.call ? spec.call->module : atom("beamnode"));
}

atom child_type(const child_spec& spec) {
  return atom(spec.is_supervisor ? "supervisor" : "worker");
}

}  // namespace beamnode::otp
