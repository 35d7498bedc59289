#include <beamnode/node/detail/system_side.hpp>

#include "otp/system_debug.hpp"
#include "runtime/shard.hpp"

namespace beamnode::detail {

namespace {

std::string_view module_of(behaviour kind) {
  switch (kind) {
    case behaviour::gen_server: return "gen_server";
    case behaviour::gen_statem: return "gen_statem";
    case behaviour::gen_event: break;
  }
  return "gen_event";
}

std::string_view header_of(behaviour kind) {
  switch (kind) {
    case behaviour::gen_server: return "Status for generic server ";
    case behaviour::gen_statem: return "Status for state machine ";
    case behaviour::gen_event: break;
  }
  return "Status for event handler ";
}

term text(std::string_view s) { return term::from(etf::charlist{std::string(s)}); }

template <class T> term pair(std::string_view name, const T& value) {
  return term::from(tuple(text(name), value));
}

/// {'EXIT', parent, Reason}
bool is_exit_of(const message& m, const std::optional<pid>& parent) {
  etf::reader in = m.read();
  if (!parent || in.peek() != etf::kind::tuple || in.read_tuple() != 3) return false;
  if (!in.next_is(atom("EXIT"))) return false;
  in.skip();
  return in.peek() == etf::kind::pid && in.read_pid() == *parent && in.ok();
}

struct receive_while_suspended : receiver {
  receive_while_suspended(process& self, const std::optional<pid>& its_parent)
      : receiver(self, &match, std::nullopt), parent(its_parent) {}
  static bool match(receiver& r, const message& m) {
    return read_request(m).kind == request_kind::system ||
           is_exit_of(m, static_cast<receive_while_suspended&>(r).parent);
  }
  message await_resume() noexcept { return std::move(taken()); }
  std::optional<pid> parent;
};

}  // namespace

system_side::system_side(process& self, behaviour kind, state_access state,
                         std::optional<pid> parent)
    : self_(self), state_(state), parent_(parent), kind_(kind) {}

system_side::~system_side() = default;

task<message> system_side::receive_suspended() {
  receive_while_suspended next(self_, parent_);
  co_return co_await next;
}

void system_side::throw_if_parent_left(const message& m) const {
  if (!is_exit_of(m, parent_)) return;
  throw exit_with(m.decode<exit_signal>().value().reason);
}

std::string system_side::name() const {
  const atom registered_name = runtime::state_of(self_).name;
  if (registered_name != atom{}) return term(registered_name).to_string();
  const etf::pid me = self_.pid();
  return "<0." + std::to_string(me.id) + "." + std::to_string(me.serial) + ">";
}

term system_side::state_or_not() const {
  if (state_.write == nullptr) return atom("not_described");
  byte_buffer bytes;
  etf::writer w{bytes};
  state_.write(state_.where, w);
  if (!w.ok()) return atom("not_encodable");
  etf::reader r{bytes};
  return etf::codec<term>::decode(r);
}

term system_side::callback_failed(std::string_view function, const term& why) const {
  // As sys reports a system_get_state or system_replace_state that fails.
  return term::from(
      tuple(atom("error"),
            tuple(atom("callback_failed"), tuple(atom(module_of(kind_)), atom(function)), why)));
}

task<> system_side::handle(const request& r) {
  etf::reader body = r.body;
  const term asked = etf::codec<term>::decode(body);
  const bool is_pair = asked.is_tuple(2);
  std::optional<term> end;
  term answer = atom("ok");
  if (asked.is(atom("get_state"))) {
    const term state = state_or_not();
    const bool known = state_.write != nullptr;
    answer = known ? term::from(tuple(atom("ok"), state))
                   : callback_failed("system_get_state", term::from(tuple(atom("error"), state)));
  } else if (asked.is(atom("get_status"))) {
    answer = status();
  } else if (asked.is(atom("suspend"))) {
    suspended_ = true;
  } else if (asked.is(atom("resume"))) {
    suspended_ = false;
  } else if (is_pair && asked[0].is(atom("replace_state"))) {
    answer = co_await replace_state(asked[1]);
  } else if (is_pair && asked[0].is(atom("debug"))) {
    answer = debug(asked[1]);
  } else if (is_pair && asked[0].is(atom("terminate"))) {
    end = asked[1];
  } else {
    answer = term::from(tuple(atom("error"), tuple(atom("unknown_system_msg"), asked)));
  }
  send_reply(self_, r.caller, r.tag, encode_bare(answer));
  if (end) throw exit_with(*end);
}

task<term> system_side::replace_state(term fun) {
  const auto failed = [&](const char* kind, const term& why) {
    return callback_failed("system_replace_state", term::from(tuple(atom(kind), why)));
  };
  if (!fun.is_fun()) co_return failed("error", term::from(tuple(atom("badfun"), fun)));
  const auto function = fun.as_external_function();
  // The code of other funs is not on this node.
  if (!function || function->arity != 1) co_return failed("error", atom("undef"));
  if (state_.write == nullptr) co_return failed("error", atom("not_described"));
  std::optional<term> failure;
  try {
    const std::vector<term> arguments{state_or_not()};
    mfa_call call = mfa_list(function->module, function->function, term::from(arguments));
    const term by = co_await self_.rpc<term>(self_.node().text(), std::move(call));
    const std::string refused = state_.replace(state_.where, by);
    if (refused.empty()) co_return term::from(tuple(atom("ok"), state_or_not()));
    failure = failed("error", term::from(tuple(atom("bad_state"), refused)));
  } catch (const throw_with& e) {
    failure = failed("throw", e.reason());
  } catch (const exit_with& e) {
    failure = failed("exit", e.reason());
  } catch (const error_with& e) {
    failure = failed("error", e.reason());
  }
  co_return *failure;
}

// -- status -----------------------------------------------------------------------------------

term system_side::status() const {
  const atom running(suspended_ ? "suspended" : "running");
  const pid parent = parent_.value_or(self_.pid());
  const std::vector<term> events = debug_ ? debug_->logged() : std::vector<term>();
  const std::string header = std::string(header_of(kind_)) + name();
  std::vector<term> misc{term::from(tuple(atom("header"), text(header)))};
  const auto data = [](const std::vector<term>& pairs) {
    return term::from(tuple(atom("data"), pairs));
  };
  const term state = state_or_not();
  switch (kind_) {
    case behaviour::gen_server:
      misc.push_back(
          data({pair("Status", running), pair("Parent", parent), pair("Logged events", events)}));
      misc.push_back(data({pair("State", state)}));
      break;
    case behaviour::gen_statem:
      misc.push_back(
          data({pair("Status", running), pair("Parent", parent), pair("Logged Events", events)}));
      misc.push_back(data({pair("State", state)}));
      break;
    case behaviour::gen_event:
      misc.push_back(
          data({pair("Status", running), pair("Logged Events", events), pair("Parent", parent)}));
      misc.push_back(term::from(tuple(atom("items"), pair("Installed handlers", state))));
      break;
  }
  const auto initial_call = tuple(atom("$initial_call"), tuple(atom("beamnode"), atom("serve"), 1));
  std::vector<term> ancestors;
  if (parent_) ancestors.push_back(term::from(*parent_));
  const std::vector<term> dictionary{term::from(initial_call),
                                     term::from(tuple(atom("$ancestors"), ancestors))};
  const std::vector<term> options = debug_ ? debug_->as_terms() : std::vector<term>();
  const std::vector<term> items{term::from(dictionary), running, term::from(parent),
                                term::from(options), term::from(misc)};
  return term::from(
      tuple(atom("status"), self_.pid(), tuple(atom("module"), atom(module_of(kind_))), items));
}

// -- debug options ------------------------------------------------------------------------------

term system_side::debug(const term& what) {
  const atom ok("ok");
  if (what.is(atom("no_debug"))) {
    debug_.reset();
    return ok;
  }
  if (!what.is_tuple(2)) return atom("unknown_debug");
  const term option = what[0];
  const term value = what[1];
  const bool on = value.is(atom("true"));
  const bool off = value.is(atom("false"));
  term answer = atom("unknown_debug");
  if (option.is(atom("trace")) && (on || off)) {
    if (on || debug_) options().trace = on;
    answer = ok;
  } else if (option.is(atom("log"))) {
    answer = debug_log(value);
  } else if (option.is(atom("statistics"))) {
    answer = debug_statistics(value);
  } else if (option.is(atom("log_to_file"))) {
    answer = off ? term(ok) : term::from(tuple(atom("error"), atom("open_file")));
  } else if (option.is(atom("remove"))) {
    answer = ok;  // nothing is installed: funs of other nodes do not run here
  }
  if (debug_ && !debug_->in_use()) debug_.reset();
  return answer;
}

term system_side::debug_log(const term& what) {
  const atom ok("ok");
  if (what.is(atom("get"))) {
    return term::from(tuple(ok, debug_ ? debug_->logged() : std::vector<term>()));
  }
  if (what.is(atom("print"))) {
    for (const term& event : debug_ ? debug_->logged() : std::vector<term>()) {
      runtime::state_of(self_).home.log("*DBG* " + name() + " " + event.to_string());
    }
    return ok;
  }
  if (what.is(atom("false"))) {
    if (debug_) debug_->stop_logging();
    return ok;
  }
  std::optional<std::int64_t> size;
  if (what.is(atom("true"))) size = debug_options::usual_log_size;
  if (what.is_tuple(2) && what[0].is(atom("true"))) size = what[1].as_int64();
  if (!size || *size < 1) return atom("unknown_debug");
  options().log_size = static_cast<std::size_t>(std::min<std::int64_t>(*size, 10'000));
  return ok;
}

term system_side::debug_statistics(const term& what) {
  const atom ok("ok");
  if (what.is(atom("true"))) {
    options().count_from_now();
    return ok;
  }
  if (what.is(atom("false"))) {
    if (debug_) debug_->counting = false;
    return ok;
  }
  if (!what.is(atom("get"))) return atom("unknown_debug");
  if (!debug_ || !debug_->counting) return term::from(tuple(ok, atom("no_statistics")));
  return term::from(tuple(ok, debug_->statistics()));
}

system_side::debug_options& system_side::options() {
  if (!debug_) debug_ = std::make_unique<debug_options>();
  return *debug_;
}

void system_side::note(const term& event, std::string_view sentence) {
  debug_->remember(event);
  if (debug_->trace) {
    runtime::state_of(self_).home.log("*DBG* " + name() + " " + std::string(sentence));
  }
}

void system_side::note_in(const message& m) {
  const term whole = m.as<term>().value_or(term());
  ++debug_->messages_in;
  const request r = read_request(m);
  std::string sentence = "got " + whole.to_string();
  if (r.kind == request_kind::call) {
    sentence = "got call " + whole[2].to_string() + " from " + whole[1][0].to_string();
  } else if (r.kind == request_kind::cast) {
    sentence = "got cast " + whole[1].to_string();
  }
  note(term::from(tuple(atom("in"), whole)), sentence);
}

void system_side::note_reply(const request& r, bytes_view reply) {
  ++debug_->messages_out;
  etf::reader in{reply};
  const term value = etf::codec<term>::decode(in);
  in = etf::reader{r.tag};
  const term tag = etf::codec<term>::decode(in);
  const term state = state_or_not();
  note(term::from(tuple(atom("out"), value, tuple(r.caller, tag), state)),
       "sent " + value.to_string() + " to " + term::from(r.caller).to_string() + ", new state " +
           state.to_string());
}

void system_side::note_done() {
  const term state = state_or_not();
  note(term::from(tuple(atom("noreply"), state)), "new state " + state.to_string());
}

}  // namespace beamnode::detail
