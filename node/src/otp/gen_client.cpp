/// The calling side of gen_server and erpc.

#include "runtime/shard.hpp"

#include <beamnode/node/process.hpp>

namespace beamnode {

using runtime::process_state;
using runtime::state_of;

namespace {

/// The server as Erlang writes it into exit reasons: a pid, a name, or {Name, Node}.
term as_server(const destination& to) {
  if (const auto* const name = std::get_if<registered>(&to)) {
    if (name->node == atom{}) return name->name;
    return term::from(tuple(name->name, name->node));
  }
  if (const auto* const p = std::get_if<pid>(&to)) return term::from(*p);
  return term::from(std::get<reference>(to));
}

atom node_of(const destination& to, atom own) {
  if (const auto* const name = std::get_if<registered>(&to)) {
    return name->node == atom{} ? own : name->node;
  }
  if (const auto* const p = std::get_if<pid>(&to)) return p->node;
  return std::get<reference>(to).node;
}

/// Waits for {Tag, Reply} with Tag = [alias | Ref] or Ref, or for the 'DOWN' of Ref.
class reply_receiver : public detail::receiver {
 public:
  reply_receiver(process& self, const reference& ref, duration timeout)
      : receiver(self, &match, timeout), ref_(ref) {
    skip_present();
  }
  bool await_resume() const noexcept { return !timed_out(); }
  [[nodiscard]] bool is_down() const noexcept { return is_down_; }
  [[nodiscard]] message& answer() noexcept { return taken(); }

 private:
  static bool match(receiver& r, const message& m) {
    auto& self = static_cast<reply_receiver&>(r);
    etf::reader in = m.read();
    const std::size_t arity = in.read_tuple();
    if (arity == 5 && in.next_is(atom("DOWN"))) {
      in.skip();
      self.is_down_ = true;
    } else if (arity == 2) {
      self.is_down_ = false;
      if (in.peek() == etf::kind::list) {
        if (in.read_list().length != 1) return false;
        in.expect_atom(atom("alias"));
      }
    } else {
      return false;
    }
    return in.ok() && in.peek() == etf::kind::reference && in.read_reference() == self.ref_;
  }
  reference ref_;
  bool is_down_ = false;
};

/// {Why, {gen_server, call, [Server, Request, Timeout]}}
call_failure failed_call(const term& why, const destination& to, bytes_view request,
                         duration timeout) {
  etf::reader in(request);
  const term asked = etf::codec<term>::decode(in);
  const term limit =
      timeout == duration::max()
          ? term(atom("infinity"))
          : term::from(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  return {term::from(tuple(why, tuple(atom("gen_server"), atom("call"),
                                      std::vector<term>{as_server(to), asked, limit})))};
}

bool is_self(const process& self, const destination& to) {
  if (const auto* const p = std::get_if<pid>(&to)) return *p == self.pid();
  const auto* const name = std::get_if<registered>(&to);
  return name != nullptr && node_of(to, self.node()) == self.node() &&
         self.whereis(name->name) == self.pid();
}

}  // namespace

task<call_result<message>> process::gen_call(destination to, byte_buffer request,
                                             duration timeout) {
  process_state& p = state_of(*this);
  if (is_self(*this, to)) co_return failed_call(atom("calling_self"), to, request, timeout);
  const reference ref = make_reference();
  reply_receiver reply(*this, ref, timeout);
  p.home.add_alias(p, ref, {.ends = runtime::alias_end::reply_demonitor});
  bool monitored = true;
  if (const auto* const server = std::get_if<etf::pid>(&to)) {
    p.home.monitor_with(p, *server, ref);
  } else if (const auto* const name = std::get_if<registered>(&to)) {
    p.home.monitor_with(p, *name, ref);
  } else {
    monitored = false;
  }
  // {'$gen_call', {Self, [alias | Ref]}, Request}
  byte_buffer& out = detail::scratch();
  etf::writer w{out};
  w.write_tuple(3);
  w.write_atom(atom("$gen_call"));
  w.write_tuple(2);
  w.write_pid(pid());
  w.write_list(1);
  w.write_atom(atom("alias"));
  w.write_reference(ref);
  w.write_encoded(request);
  std::visit([&](const auto& one) { send_encoded(one, out, {}); }, to);

  term why;
  if (co_await reply) {
    if (!reply.is_down()) {
      if (monitored) p.home.demonitor(p, ref);
      p.home.remove_alias(p, ref);
      etf::reader in = reply.answer().read();
      in.expect_tuple(2);
      in.skip();
      co_return message::copy_of(in.rest(), in.atom_refs(), in.buffer());
    }
    why = reply.answer().decode<down>().value().reason;
    if (why == atom("noconnection")) {
      why = term::from(tuple(atom("nodedown"), node_of(to, node())));
    }
  } else {
    why = atom("timeout");
    if (monitored) demonitor(ref);
  }
  p.home.remove_alias(p, ref);
  co_return failed_call(why, to, request, timeout);
}

task<call_result<message>> process::erpc_call(atom node, mfa_call call, duration timeout) {
  process_state& p = state_of(*this);
  const auto failed = [](std::string_view why) {
    return call_failure{term::from(tuple(atom("erpc"), atom(why)))};
  };
  // {erpc, execute_call, 4} with [Res, M, F, A]; the answer is the exit reason of that process.
  const reference result = make_reference();
  mfa_call order{atom("erpc"), atom("execute_call"), 4, {}};
  etf::writer w{order.arguments};
  w.write_list(4);
  w.write_reference(result);
  w.write_atom(call.module);
  w.write_atom(call.function);
  w.write_encoded(call.arguments);
  w.write_nil();

  struct outcome_of : detail::receiver {
    outcome_of(process& self, duration limit) : receiver(self, &match, limit) { skip_present(); }
    static bool match(receiver& r, const message& m) {
      auto& self = static_cast<outcome_of&>(r);
      etf::reader in = m.read();
      const std::size_t arity = in.read_tuple();
      if (arity == 4 && in.next_is(atom("spawn_reply"))) {
        in.skip();  // only failures are reported
        return in.read_reference() == self.ref && in.ok();
      }
      if (arity != 5 || !in.next_is(atom("DOWN"))) return false;
      in.skip();
      return in.read_reference() == self.ref && in.ok();
    }
    bool await_resume() const noexcept { return !timed_out(); }
    message& answer() noexcept { return taken(); }
    reference ref;
  };
  outcome_of outcome(*this, timeout);
  outcome.ref = p.home.spawn_request(p, node, order,
                                     {.monitor = true, .reply = spawn_reply_when::error_only});
  if (!co_await outcome) {
    p.home.abandon_spawn(p, outcome.ref);
    co_return failed("timeout");
  }
  etf::reader in = outcome.answer().read();
  const std::size_t arity = in.read_tuple();
  if (arity == 4) {
    const auto reply = outcome.answer().as<std::tuple<atom, reference, atom, atom>>();
    co_return failed(reply ? std::get<3>(*reply).text() : "noconnection");
  }
  for (int i = 0; i < 4; ++i) in.skip();
  etf::reader reason = in;
  const std::size_t parts = reason.peek() == etf::kind::tuple ? reason.read_tuple() : 0;
  if (parts >= 3 && reason.peek() == etf::kind::reference && reason.read_reference() == result) {
    const atom kind = reason.read_atom();
    if (kind == atom("return"))
      co_return message::copy_of(reason.rest(), reason.atom_refs(), reason.buffer());
    const term what = etf::codec<term>::decode(reason);
    if (kind == atom("throw")) throw throw_with(what);
    if (kind == atom("exit")) throw remote_exit(what);
    throw remote_error(what, parts == 4 ? etf::codec<term>::decode(reason) : term());
  }
  const term died = etf::codec<term>::decode(in);
  if (died == atom("noconnection")) co_return failed("noconnection");
  throw exit_with(tuple(atom("signal"), died));
}

}  // namespace beamnode
