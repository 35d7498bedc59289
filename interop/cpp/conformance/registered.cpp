#include "peer.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

namespace conformance {

namespace {

using etf::literal;
using caller = std::variant<pid, reference>;

// {add, K} and the like: the verb and one argument.
template <etf::fixed_text Verb> using with = std::tuple<literal<Verb>, term>;

task<> reply_after(process& self, from asking, duration delay) {
  co_await self.sleep(delay);
  self.reply(asking, "ok"_atom);
}

task<> counter(process& self) {
  term n = term::from(0);
  std::int64_t infos = 0;
  co_await serve(self, with_state(n, infos), on_call([&](literal<"get">) { return n; }),
                 on_call([&](const with<"add">& m) { return n = plus(n, std::get<1>(m)); }),
                 on_call([&](const with<"sleep">& m, const from& asking) {
                   self.spawn(reply_after, asking, timeout_of(std::get<1>(m)));
                 }),
                 on_call([&](const with<"reply_then_crash">& m, const from& asking) {
                   self.reply(asking, std::get<1>(m));
                   throw exit_with("crashed"_atom);
                 }),
                 on_call([&](literal<"stop">, const from& asking) {
                   self.reply(asking, "ok"_atom);
                   throw exit_with("normal"_atom);
                 }),
                 on_call([&](literal<"infos">) { return infos; }),
                 on_cast([&](const with<"add">& m) { n = plus(n, std::get<1>(m)); }),
                 on_cast([&](literal<"reset">) { n = term::from(0); }), on_cast([](const term&) {}),
                 on_info([&](const term&) { ++infos; }));
}

// Starts the counter again whenever it ends.
task<> keep_counter(process& self) {
  self.trap_exit(true);
  for (;;) {
    const pid child = self.spawn({.name = "counter", .link = true}, counter);
    while ((co_await self.receive<exit_signal>()).from != child) {}
  }
}

// Every nodeup and nodedown is kept until one wait has asked for it.
class event_log {
 public:
  explicit event_log(process& self) : self_(self) {}

  void happened(atom what, atom node) {
    const term event = term::from(tuple(what, node));
    const auto waits = std::ranges::find(waiting_, event, &wait::event);
    if (waits == waiting_.end()) return seen_.push_back(event);
    self_.cancel_timer(waits->timer);
    self_.reply(waits->asking, "true"_atom);
    waiting_.erase(waits);
  }
  void wait_for(const term& event, duration limit, const from& asking) {
    if (const auto found = std::ranges::find(seen_, event); found != seen_.end()) {
      seen_.erase(found);
      return self_.reply(asking, "true"_atom);
    }
    const std::int64_t number = ++last_;
    wait w{event, asking, number, {}};
    if (limit != duration::max()) {
      w.timer = self_.send_after(limit, self_.pid(), tuple("give_up"_atom, number));
    }
    waiting_.push_back(std::move(w));
  }
  void give_up(std::int64_t number) {
    const auto waits = std::ranges::find(waiting_, number, &wait::number);
    if (waits == waiting_.end()) return;
    self_.reply(waits->asking, "timeout"_atom);
    waiting_.erase(waits);
  }

 private:
  struct wait {
    term event;
    from asking;
    std::int64_t number;
    reference timer;
  };
  process& self_;
  std::vector<term> seen_;
  std::vector<wait> waiting_;
  std::int64_t last_ = 0;
};

task<> events(process& self) {
  self.monitor_nodes(true);
  event_log log(self);
  using wait_call = gen_call<std::tuple<literal<"wait">, term, term>>;
  for (;;) {
    co_await self.receive(
        [&](const node_up& m) { log.happened("nodeup"_atom, m.node); },
        [&](const node_down& m) { log.happened("nodedown"_atom, m.node); },
        [&](const wait_call& m) {
          log.wait_for(std::get<1>(m.request), timeout_of(std::get<2>(m.request)), m.caller);
        },
        [&](const std::tuple<literal<"give_up">, std::int64_t>& m) { log.give_up(std::get<1>(m)); },
        [](const message&) {});
  }
}

task<> user(process& self) {
  io::device standard_output;
  standard_output.write = [](std::string_view text) { std::cout << text << std::flush; };
  co_await io::serve(self, std::move(standard_output));
}

}  // namespace

task<> echo(process& self) {
  for (;;) {
    co_await self.receive(
        [&](const std::tuple<caller, term>& m) {
          std::visit([&](const auto& to) { self.send(to, tuple(self.pid(), std::get<1>(m))); },
                     std::get<0>(m));
        },
        [](const message&) {});
  }
}

task<> sink(process& self) {
  std::int64_t count = 0;
  for (;;) {
    co_await self.receive([&](const gen_call<literal<"count">>& m) { self.reply(m.caller, count); },
                          [&](const gen_call<literal<"reset">>& m) {
                            count = 0;
                            self.reply(m.caller, "ok"_atom);
                          },
                          [&](const message&) { ++count; });
  }
}

void start_registered(node& n) {
  n.spawn({.name = "user"}, user);
  n.spawn({.name = "echo"}, echo);
  n.spawn({.name = "sink"}, sink);
  n.spawn({.name = "events"}, events);
  n.spawn(keep_counter);
}

}  // namespace conformance
