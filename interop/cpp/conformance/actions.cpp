// The part of the active functions that sends, calls, prints, connects and registers.
#include "peer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace conformance {

namespace {

task<term> call(process& self, term server, term request, term timeout) {
  const call_result<term> reply =
      co_await self.try_call(destination_of(server), request, timeout_of(timeout));
  if (reply) co_return term::from(tuple("ok"_atom, *reply));
  co_return term::from(tuple("exit"_atom, reply.error().reason));
}

term send(process& self, const term& to, const term& message) {
  const destination where = destination_of(to);
  const auto* const name = std::get_if<registered>(&where);
  if (name != nullptr && name->node == atom() && !self.whereis(name->name)) {
    throw error_with("badarg"_atom);
  }
  self.send(where, message);
  return message;
}

// {Class, Reason} as erpc:call raises it.
term raised(std::string_view kind, const term& reason) {
  return term::from(tuple(atom(kind), reason));
}

task<term> rpc(process& self, term node, term module, term function, term arguments, term timeout) {
  const bool fits = node.is_atom() && module.is_atom() && function.is_atom() &&
                    (arguments.is_nil() || arguments.is_proper_list()) &&
                    (timeout.is("infinity"_atom) || timeout.as_uint64());
  if (!fits) co_return raised("error", term::from(tuple("erpc"_atom, "badarg"_atom)));
  mfa_call what = mfa_list(atom_of(module), atom_of(function), arguments);
  try {
    const term value =
        co_await self.rpc<term>(atom_of(node).text(), std::move(what), timeout_of(timeout));
    co_return term::from(tuple("ok"_atom, value));
  } catch (const throw_with& e) {
    co_return raised("throw", e.reason());
  } catch (const remote_exit& e) {
    co_return raised("exit", term::from(tuple("exception"_atom, e.reason())));
  } catch (const remote_error& e) {
    co_return raised("error", term::from(tuple("exception"_atom, e.reason(), e.stack())));
  } catch (const exit_with& e) {
    co_return raised("exit", e.reason());
  } catch (const error_with& e) {
    co_return raised("error", e.reason());
  }
}

// The second part of a pair that comes within five seconds.
task<std::optional<term>> second_of_pair(process& self) {
  const auto pair = co_await self.receive<std::tuple<term, term>>(std::chrono::seconds(5));
  if (!pair) co_return std::nullopt;
  co_return std::get<1>(*pair);
}

task<term> alias_roundtrip(process& self, term server) {
  const destination to = destination_of(server);
  const reference alias = self.alias();
  self.send(to, tuple(alias, "first"_atom));
  const std::optional<term> first = co_await second_of_pair(self);
  self.unalias(alias);
  self.send(to, tuple(alias, "second"_atom));
  self.send(to, tuple(self.pid(), "last"_atom));
  const std::optional<term> second = co_await second_of_pair(self);
  const term got = !second                     ? term("silence"_atom)
                   : second->is("second"_atom) ? *second
                                               : term("none"_atom);
  co_return term::from(tuple("first"_atom, first.value_or(term("none"_atom)), "second"_atom, got));
}

task<> group_leader_put(process& self, term text) {
  const std::optional<std::string> characters = io::characters(text);
  if (!characters) throw error_with("badarg"_atom);
  co_await io::put_chars(self, *characters);
}

task<bool> connect(process& self, term node) {
  const call_result<bool> connected = co_await self.connect(atom_of(node).text());
  co_return connected&&* connected;
}

task<atom> ping(process& self, term node) {
  const bool answered = co_await self.ping(atom_of(node).text());
  co_return answered ? "pong"_atom : "pang"_atom;
}

pid start_as(process& self, atom name, const term& kind) {
  const spawn_options named{.name = name.text()};
  if (kind.is("echo"_atom)) return self.spawn(named, echo);
  if (kind.is("sink"_atom)) return self.spawn(named, sink);
  throw error_with(tuple("case_clause"_atom, kind));
}

task<> flood(process& self, term to, std::int64_t count, std::int64_t size) {
  const destination where = destination_of(to);
  std::string content(static_cast<std::size_t>(size), '\0');
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < 8 && content.size() >= 8; ++k) {
      content[k] = static_cast<char>(static_cast<std::uint64_t>(i) >> (56 - 8 * k) & 0xFFU);
    }
    self.send(where, content);
    co_await self.yield();
  }
  self.send(where, "done"_atom);
}

}  // namespace

void export_actions(node& n) {
  export_relations(n);
  export_as(n, "call", call);
  export_as(n, "cast", [](process& self, const term& to, const term& message) {
    self.cast(destination_of(to), message);
  });
  export_as(n, "send", send);
  export_as(n, "rpc", rpc);
  export_as(n, "alias_roundtrip", alias_roundtrip);
  export_as(n, "group_leader_put", group_leader_put);
  export_as(n, "get_line",
            [](process& self, const term& prompt) { return io::get_line(self, prompt); });
  export_as(n, "connect", connect);
  export_as(n, "disconnect",
            [](process& self, const term& node) { return self.disconnect(atom_of(node).text()); });
  export_as(n, "ping", ping);
  export_as(n, "register", [](process& self, const term& name, const term& kind) {
    return start_as(self, atom_of(name), kind);
  });
  export_as(n, "whereis", [](process& self, const term& name) {
    const std::optional<pid> found = self.whereis(atom_of(name));
    return found ? term::from(*found) : term("undefined"_atom);
  });
  export_as(n, "unregister", [](process& self, const term& name) {
    if (!self.unregister_name(atom_of(name))) throw error_with("badarg"_atom);
    return true;
  });
  export_as(n, "flood", flood);
  export_as(n, "send_after",
            [](process& self, const term& ms, const term& to, const term& message) {
              self.send_after(timeout_of(ms), destination_of(to), message);
            });
}

}  // namespace conformance
