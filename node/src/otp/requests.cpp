#include <beamnode/node/requests.hpp>

#include "runtime/shard.hpp"

#include <unordered_set>

namespace beamnode::detail {

namespace {

/// The reference of {Tag, Reply} with Tag = [alias | Ref] or Ref, or of a 'DOWN'.
std::optional<reference> reference_in(const message& m, bool& is_down) {
  etf::reader in = m.read();
  if (in.peek() != etf::kind::tuple) return std::nullopt;
  const std::size_t arity = in.read_tuple();
  is_down = arity == 5;
  if (is_down) {
    in.expect_atom(atom("DOWN"));
  } else if (arity != 2) {
    return std::nullopt;
  } else if (in.peek() == etf::kind::list) {
    if (in.read_list().length != 1) return std::nullopt;
    in.expect_atom(atom("alias"));
  }
  if (!in.ok() || in.peek() != etf::kind::reference) return std::nullopt;
  const reference found = in.read_reference();
  if (!in.ok()) return std::nullopt;
  return found;
}

class answer_receiver : public receiver {
 public:
  answer_receiver(process& self, const std::vector<reference>& refs, duration timeout)
      : receiver(self, &match, timeout), refs_(refs.begin(), refs.end()) {}
  message await_resume() noexcept { return timed_out() ? message() : std::move(taken()); }

 private:
  static bool match(receiver& r, const message& m) {
    bool is_down = false;
    const auto found = reference_in(m, is_down);
    return found && static_cast<answer_receiver&>(r).refs_.contains(*found);
  }
  std::unordered_set<reference> refs_;
};

}  // namespace

reference send_labelled_request(process& self, bytes_view label, const destination& to,
                                bytes_view request) {
  const monitor_options with_alias{.alias = monitor_alias::reply_demonitor};
  reference ref;
  if (const auto* const server = std::get_if<pid>(&to)) {
    ref = self.monitor(*server, with_alias);
  } else if (const auto* const name = std::get_if<registered>(&to)) {
    ref = self.monitor(*name, with_alias);
  } else {
    ref = self.alias({.reply = true});  // nobody can monitor an alias
  }
  byte_buffer whole;
  etf::writer w{whole};
  w.write_tuple(3);
  w.write_encoded(label);
  w.write_tuple(2);
  w.write_pid(self.pid());
  w.write_list(1);
  w.write_atom(atom("alias"));
  w.write_reference(ref);
  w.write_encoded(request);
  self.send(to, message::copy_of(whole));
  return ref;
}

task<message> receive_answer(process& self, std::vector<reference> refs, duration timeout) {
  answer_receiver answer(self, refs, timeout);
  co_return co_await answer;
}

std::size_t answered(const message& m, std::span<const reference> refs) {
  bool is_down = false;
  const auto found = reference_in(m, is_down);
  std::size_t i = 0;
  while (i < refs.size() && found != refs[i]) ++i;
  return i;
}

call_result<message> take_answer(process& self, const message& answer, const reference& ref,
                                 const destination& server) {
  bool is_down = false;
  static_cast<void>(reference_in(answer, is_down));
  self.demonitor(ref, {.flush = false});  // after either answer no 'DOWN' can be there
  self.unalias(ref);
  if (is_down) {
    const term reason = answer.decode<down>().value().reason;
    const term who = std::visit(
        []<class To>(const To& to) {
          if constexpr (std::is_same_v<To, registered>) {
            if (to.node == atom{}) return term(to.name);
          }
          return term::from(to);
        },
        server);
    return call_failure{term::from(tuple(reason, who))};
  }
  etf::reader in = answer.read();
  in.expect_tuple(2);
  in.skip();
  return message::copy_of(in.rest(), in.atom_refs(), in.buffer());
}

void abandon_request(process& self, const reference& ref) {
  self.demonitor(ref);
  self.unalias(ref);
}

std::chrono::steady_clock::time_point deadline_after(process& self, duration timeout) {
  using time_point = std::chrono::steady_clock::time_point;
  const time_point now = runtime::state_of(self).home.now();
  return timeout >= time_point::max() - now ? time_point::max() : now + timeout;
}

duration time_left(process& self, std::chrono::steady_clock::time_point deadline) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return duration::max();
  return std::max(deadline - runtime::state_of(self).home.now(), duration::zero());
}

}  // namespace beamnode::detail
