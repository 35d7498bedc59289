#include <beamnode/node/gen_event.hpp>

#include "runtime/shard.hpp"

#include <algorithm>

namespace beamnode {

namespace {

using detail::request;
using detail::request_kind;

/// {notify, Event}, or {_, {Pid, Tag}, Command} as gen_event's functions send it.
request read_event_message(const message& m, bool& is_command) {
  request r = detail::read_request(m);
  is_command = false;
  if (r.kind != request_kind::info) return r;
  etf::reader in = m.read();
  if (in.peek() != etf::kind::tuple) return r;
  const std::size_t arity = in.read_tuple();
  if (arity == 2 && in.next_is(atom("notify"))) {
    in.skip();
    r.kind = request_kind::event;
    r.body = in;
    return r;
  }
  if (arity != 3 || in.peek() != etf::kind::pid) return r;
  in.skip();
  if (in.peek() != etf::kind::tuple || in.read_tuple() != 2) return r;
  const pid caller = in.read_pid();
  byte_buffer tag = etf::copy_encoded(in);
  if (!in.ok()) return r;
  is_command = true;
  r.caller = caller;
  r.tag = std::move(tag);
  r.body = in;
  return r;
}

}  // namespace

bool event_manager::add(handler one) {
  if (find(one->name) != nullptr) return false;
  handlers_.insert(handlers_.begin(), std::move(one));
  return true;
}

event_manager::handler event_manager::find(atom name) const {
  const auto found = std::ranges::find(handlers_, name, [](const handler& h) { return h->name; });
  return found == handlers_.end() ? nullptr : *found;
}

std::vector<atom> event_manager::which_handlers() const {
  std::vector<atom> names;
  names.reserve(handlers_.size());
  for (const handler& one : handlers_) names.push_back(one->name);
  return names;
}

task<bool> event_manager::delete_handler(atom name, term why) {
  const handler one = find(name);
  if (one == nullptr) co_return false;
  std::erase(handlers_, one);
  co_await one->end(one->parts.get(), std::move(why));
  co_return true;
}

task<> event_manager::give(detail::system_side& system, const request& r, handler to,
                           bool& handled) {
  std::exception_ptr cause;
  try {
    handled = co_await to->take(to->parts.get(), self_, system, r);
    if (!handled && r.kind == request_kind::call) detail::exit_unhandled(r);
  } catch (...) {
    cause = std::current_exception();
  }
  if (!cause) co_return;
  const term why = detail::reason_of(cause);
  runtime::state_of(self_).home.log("event handler " + std::string(to->name.text()) +
                                    " is taken out: " + why.to_string());
  if (r.kind == request_kind::call) {
    const term failed = term::from(tuple(atom("error"), tuple(atom("EXIT"), why)));
    detail::send_reply(self_, r.caller, r.tag, detail::encode_bare(failed));
    handled = true;
  }
  std::erase(handlers_, to);
  try {
    co_await to->end(to->parts.get(), term::from(tuple(atom("error"), why)));
  } catch (const std::exception& e) {
    runtime::state_of(self_).home.log(std::string("and its on_terminate failed: ") + e.what());
  }
}

task<> event_manager::give_all(detail::system_side& system, const request& r) {
  const std::vector<handler> all = handlers_;  // handlers may add and delete
  for (const handler& one : all) {
    bool handled = false;
    co_await give(system, r, one, handled);
  }
}

task<> event_manager::obey(detail::system_side& system, const request& r) {
  etf::reader body = r.body;
  const term command = etf::codec<term>::decode(body);
  const atom verb = command.is_tuple() ? command[0].as_atom().value_or(atom{}) : atom{};
  const auto is = [&](const char* name, std::size_t arity) {
    return verb == atom(name) && command.size() == arity;
  };
  const auto failed = [](const auto& why) { return term::from(tuple(atom("error"), why)); };
  term answer;
  if (command.is(atom("which_handlers")) || command.is(atom("get_modules"))) {
    answer = term::from(which_handlers());
  } else if (is("sync_notify", 2)) {
    request event = r;
    event.kind = request_kind::event;
    event.body = r.body;
    event.body.read_tuple();
    event.body.skip();
    co_await give_all(system, event);
    answer = atom("ok");
  } else if (is("call", 3)) {
    const handler one = find(command[1].as_atom().value_or(atom{}));
    if (one != nullptr) {
      request query = r;
      query.kind = request_kind::call;
      query.body.read_tuple();
      query.body.skip();
      query.body.skip();
      bool handled = false;
      co_await give(system, query, one, handled);
      co_return;
    }
    answer = failed(atom("bad_module"));
  } else if (is("delete_handler", 3)) {
    const atom name = command[1].as_atom().value_or(atom{});
    const bool deleted = co_await delete_handler(name, command[2]);
    answer = deleted ? term(atom("ok")) : failed(atom("module_not_found"));
  } else if (is("add_handler", 3) || is("add_sup_handler", 4) || is("swap_handler", 5) ||
             is("swap_sup_handler", 6)) {
    // The code of a handler from another node is not here.
    const bool swap = command.size() >= 5;
    const term name = command[swap ? 3 : 1];
    const term module = name.is_tuple(2) ? name[0] : name;
    const std::vector<term> arguments{command[swap ? 4 : 2]};
    const std::vector<term> stack{
        term::from(tuple(module, atom("init"), arguments, std::vector<term>()))};
    const term undef = term::from(tuple(atom("EXIT"), tuple(atom("undef"), stack)));
    answer = swap ? failed(undef) : undef;
  } else {
    co_return;
  }
  detail::send_reply(self_, r.caller, r.tag, detail::encode_bare(answer));
}

task<> event_manager::dispatch(detail::system_side& system, const message& m) {
  bool is_command = false;
  const request r = read_event_message(m, is_command);
  if (r.kind == request_kind::system) {
    co_await system.handle(r);
    co_return;
  }
  if (system.watched()) system.note_in(m);
  if (is_command) {
    co_await obey(system, r);
  } else if (r.kind == request_kind::event || r.kind == request_kind::info) {
    co_await give_all(system, r);
  }
}

task<> event_manager::serve() {
  const auto write = [](void* where, etf::writer& out) {
    // As sys:get_state of a gen_event: {Module, Id, State} for each handler.
    const auto& names = static_cast<event_manager*>(where)->which_handlers();
    out.write_list(names.size());
    for (const atom name : names) {
      etf::codec<term>::encode(out, term::from(tuple(name, false, atom("not_described"))));
    }
    out.write_nil();
  };
  const auto replace = [](void*, const term&) -> std::string {
    return "the states of event handlers cannot be replaced";
  };
  detail::system_side system(self_, detail::behaviour::gen_event, {this, +write, +replace}, {});
  std::exception_ptr cause;
  try {
    for (;;) {
      message m;
      if (system.suspended()) {
        m = co_await system.receive_suspended();
      } else {
        m = co_await self_.receive<message>();
      }
      co_await dispatch(system, m);
    }
  } catch (...) {
    cause = std::current_exception();
  }
  while (!handlers_.empty()) {
    const atom name = handlers_.front()->name;
    co_await delete_handler(name, term(atom("stop")));
  }
  std::rethrow_exception(cause);
}

}  // namespace beamnode
