#include <beamnode/node/process.hpp>

#include "runtime/shard.hpp"

namespace beamnode {

using runtime::process_state;
using runtime::shard;
using runtime::state_of;

namespace {

struct scratch_of_thread {
  /// Room above this is given back when two calls of age_scratch() have not seen it used.
  static constexpr std::size_t kept = std::size_t{1} << 20U;

  byte_buffer buffer;
  unsigned idle = 0;
};

scratch_of_thread& this_scratch() {
  thread_local scratch_of_thread of_thread;
  return of_thread;
}

}  // namespace

byte_buffer& detail::scratch() {
  scratch_of_thread& own = this_scratch();
  if (own.buffer.size() > scratch_of_thread::kept) own.idle = 0;
  own.buffer.clear();
  return own.buffer;
}

byte_buffer& detail::scratch_to_take() {
  this_scratch().idle = 0;
  return this_scratch().buffer;
}

void detail::age_scratch() {
  scratch_of_thread& own = this_scratch();
  if (own.buffer.capacity() > scratch_of_thread::kept && ++own.idle > 2) own.buffer = {};
}

namespace {

shard& home_of(process& self) { return state_of(self).home; }

/// Waits for the one message that is a tuple with `ref` as its second element (or its first, where
/// the first is no atom). It may have come already: what is asked of this node is answered at once.
class answer_to : public detail::receiver {
 public:
  answer_to(process& self, const reference& ref, duration timeout)
      : receiver(self, &match, timeout), ref_(ref) {
    skip_before(ref);
  }
  /// Empty after a timeout.
  message await_resume() noexcept { return timed_out() ? message() : std::move(taken()); }

 private:
  static bool match(receiver& r, const message& m) {
    etf::reader in = m.read();
    const std::size_t arity = in.read_tuple();
    if (!in.ok() || arity < 2) return false;
    if (in.peek() == etf::kind::atom) in.skip();
    return in.ok() && in.peek() == etf::kind::reference &&
           in.read_reference() == static_cast<answer_to&>(r).ref_;
  }
  reference ref_;
};

task<pid> spawn_at(process& self, atom node, mfa_call call, bool link, bool monitor,
                   reference* ref_out) {
  process_state& p = state_of(self);
  const reference ref = p.home.spawn_request(p, node, call, {.link = link, .monitor = monitor});
  if (ref_out != nullptr) *ref_out = ref;
  const message answer = co_await answer_to(self, ref, duration::max());
  const auto reply = answer.as<std::tuple<atom, reference, atom, term>>();
  if (!reply) throw error_with(atom("noconnection"));
  const auto& [tag, id, outcome, result] = *reply;
  if (outcome != atom("ok")) throw error_with(result);
  co_return result.as_pid().value_or(pid{});
}

}  // namespace

pid process::pid() const noexcept {
  const process_state& p = state_of(*this);
  return p.home.pid_of(p);
}
atom process::node() const noexcept { return state_of(*this).home.node(); }

void process::send_encoded(const etf::pid& to, bytes_view message, send_options options) {
  home_of(*this).send(state_of(*this), to, message, options.priority);
}
void process::send_encoded(const registered& to, bytes_view message, send_options options) {
  home_of(*this).send(state_of(*this), to, message, options.priority);
}
void process::send_encoded(const reference& alias, bytes_view message, send_options options) {
  home_of(*this).send(state_of(*this), alias, message, options.priority);
}
reference process::send_encoded_after(duration delay, const destination& to, bytes_view message) {
  return home_of(*this).send_after(delay, to, message);
}
std::optional<duration> process::cancel_timer(const reference& timer) {
  return home_of(*this).cancel_timer(timer);
}
void process::exit_encoded(const etf::pid& to, bytes_view reason, send_options options) {
  home_of(*this).exit(pid(), to, reason, options.priority);
}
void process::exit_encoded(const reference& alias, bytes_view reason, send_options options) {
  home_of(*this).exit(pid(), alias, reason, options.priority);
}

task<down> process::receive_down(reference ref) {
  struct down_of : detail::receiver {
    down_of(process& self, const reference& r) : receiver(self, &match, std::nullopt), ref(r) {
      skip_before(r);
    }
    static bool match(receiver& r, const message& m) {
      etf::reader in = m.read();
      in.expect_tuple(5);
      in.expect_atom(atom("DOWN"));
      return in.ok() && in.read_reference() == static_cast<down_of&>(r).ref;
    }
    message await_resume() noexcept { return std::move(taken()); }
    reference ref;
  };
  const message m = co_await down_of(*this, ref);
  co_return m.decode<down>().value();
}

task<> process::sleep(duration d) {
  struct never : detail::receiver {
    never(process& self, duration limit) : receiver(self, &match, limit) { skip_present(); }
    static bool match(receiver&, const message&) { return false; }
    void await_resume() const noexcept {}
  };
  co_await never(*this, d);
}

process& process::create(const spawn_options& options) {
  shard& home = home_of(*this);
  const atom name = options.name.empty() ? atom() : atom(options.name);
  if (!options.name.empty() && !home.is_free(name)) throw error_with(atom("badarg"));
  process_state& child = home.create(group_leader());
  if (!options.name.empty()) home.register_name(name, child);
  if (options.link) home.link(state_of(*this), home.pid_of(child));
  return child;
}

pid process::start(process& child, task<> body) {
  shard& home = home_of(*this);
  home.start(state_of(child), std::move(body));
  return child.pid();
}

task<pid> process::spawn(std::string_view node, mfa_call call) {
  return spawn_at(*this, atom(node), std::move(call), false, false, nullptr);
}
task<pid> process::spawn_link(std::string_view node, mfa_call call) {
  return spawn_at(*this, atom(node), std::move(call), true, false, nullptr);
}
task<std::pair<pid, reference>> process::spawn_monitor(std::string_view node, mfa_call call) {
  reference ref;
  const etf::pid child = co_await spawn_at(*this, atom(node), std::move(call), false, true, &ref);
  co_return std::pair{child, ref};
}

reference process::spawn_request(std::string_view node, const mfa_call& call,
                                 spawn_request_options options) {
  process_state& p = state_of(*this);
  return p.home.spawn_request(p, atom(node), call, options);
}

bool process::trap_exit(bool on) noexcept { return std::exchange(state_of(*this).trapping, on); }
void process::link(const etf::pid& other, link_options options) {
  home_of(*this).link(state_of(*this), other, options);
}
void process::unlink(const etf::pid& other) { home_of(*this).unlink(state_of(*this), other); }
reference process::monitor(const etf::pid& other, monitor_options options) {
  return home_of(*this).monitor(state_of(*this), other, options);
}
reference process::monitor(const registered& name, monitor_options options) {
  return home_of(*this).monitor(state_of(*this), name, options);
}

bool process::demonitor(const reference& ref, demonitor_options options) {
  process_state& p = state_of(*this);
  if (p.home.demonitor(p, ref)) return true;  // and no 'DOWN' can have come
  if (!options.flush) return false;
  p.inbox.rewind();
  while (runtime::envelope* const e = p.inbox.peek()) {
    etf::reader in(e->view(), {e->atoms(), e->atom_count});
    in.expect_tuple(5);
    in.expect_atom(atom("DOWN"));
    if (in.ok() && in.read_reference() == ref) {
      static_cast<void>(p.inbox.take());
      break;
    }
    p.inbox.pass();
  }
  return false;
}

reference process::alias(alias_options options) {
  return home_of(*this).make_alias(state_of(*this), options);
}
bool process::unalias(const reference& ref) {
  return home_of(*this).remove_alias(state_of(*this), ref);
}
reference process::make_reference() { return home_of(*this).make_reference(state_of(*this)); }

bool process::is_alive(const etf::pid& local) const noexcept {
  return state_of(*this).home.find(local) != nullptr;
}
bool process::register_name(atom name, const etf::pid& who) {
  shard& home = home_of(*this);
  process_state* const p = home.find(who);
  return p != nullptr && home.register_name(name, *p);
}
bool process::unregister_name(atom name) { return home_of(*this).unregister_name(name); }
std::optional<pid> process::whereis(atom name) const noexcept {
  shard& home = state_of(*this).home;
  const process_state* const p = home.find(name);
  if (p == nullptr) return std::nullopt;
  return home.pid_of(*p);
}
pid process::group_leader() const noexcept { return state_of(*this).group_leader_pid; }
void process::group_leader(const etf::pid& leader) noexcept {
  state_of(*this).group_leader_pid = leader;
}
void process::group_leader(const etf::pid& leader, const etf::pid& of) {
  shard& home = home_of(*this);
  if (of.node != node()) return home.outside().group_leader(leader, of);
  if (home.find(of) == nullptr) throw error_with(atom("badarg"));
  home.on_group_leader(leader, of);
}

void process::log(std::string_view line) const { state_of(*this).home.log(line); }

std::vector<atom> process::nodes() const { return state_of(*this).home.outside().visible_nodes(); }
std::vector<atom> process::nodes(node_kind kind) const { return state_of(*this).home.nodes(kind); }

task<call_result<bool>> process::connect(std::string_view node) {
  const atom name(node);
  if (name == this->node()) co_return true;
  const reference ref = make_reference();
  home_of(*this).outside().connect(name, pid(), ref);
  const message answer = co_await answer_to(*this, ref, duration::max());
  auto outcome = answer.as<std::tuple<atom, reference, term>>();
  if (outcome && std::get<2>(*outcome) == atom("true")) co_return true;
  co_return call_failure{outcome ? std::get<2>(*outcome) : term(atom("false"))};
}

task<bool> process::ping(std::string_view node) {
  const registered there("net_kernel", node);
  const call_result<term> answer =
      co_await try_call(there, tuple(atom("is_auth"), this->node()), duration::max());
  co_return answer&&* answer == atom("yes");
}

bool process::disconnect(std::string_view node) {
  return home_of(*this).outside().disconnect(atom(node));
}
void process::monitor_nodes(bool on) { home_of(*this).watch_nodes(state_of(*this), on); }
void process::monitor_node(std::string_view node, bool on) {
  home_of(*this).monitor_node(state_of(*this), atom(node), on);
}

}  // namespace beamnode
