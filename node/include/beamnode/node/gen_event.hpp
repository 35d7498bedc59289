#pragma once
/// gen_event: an event manager. Events come from gen_event:notify and sync_notify of any node, each
/// to all handlers; queries from gen_event:call, to one.
///
///     task<> bus(process& self) {
///       event_manager events(self);
///       std::int64_t seen = 0;
///       events.add_handler("count"_atom,
///           on_event([&](const term&) { ++seen; }),
///           on_call([&](literal<"seen">) { return seen; }));  // gen_event:call(bus, count, seen)
///       co_await events.serve();
///     }
///
/// Handlers run one after the other, the latest added first. One that throws is taken out, and the
/// log says why; a query gets {error, {'EXIT', Reason}} then, or {error, bad_module} where no
/// handler has that name. Other nodes may ask which_handlers and delete handlers; handlers of
/// theirs cannot run here: add_handler is answered as by a node without that module. System
/// messages are answered: see sys.hpp.

#include <beamnode/node/gen_server.hpp>

#include <memory>

namespace beamnode {

/// An event of this type; for event_manager::add_handler().
template <class F> [[nodiscard]] auto on_event(F&& f) {
  return detail::make_handler<detail::request_kind::event>(std::forward<F>(f));
}

namespace detail {

/// The parts of a handler, and how to run them.
struct event_handler {
  atom name;
  std::shared_ptr<void> parts;
  /// Whether it took the event, call or message.
  task<bool> (*take)(void* parts, process& self, system_side& system, const request& r);
  task<> (*end)(void* parts, term why);
};

template <class... Parts>
task<bool> take_event(void* where, process& self, system_side& system, const request& r) {
  bool handled = false;
  std::variant<std::monostate> no_work;
  const auto each = [&](auto& part) { return try_part(self, system, r, part, no_work, handled); };
  const auto all = [&](auto&... part) -> task<> { (co_await each(part), ...); };
  co_await std::apply(all, *static_cast<std::tuple<Parts...>*>(where));
  co_return handled;
}

template <class... Parts> task<> end_event_handler(void* where, term why) {
  const auto each = [&]<class Part>(Part& part) -> task<> {
    if constexpr (is_terminate<Part>::value) co_await run_handler<void>(part.f, why);
    co_return;
  };
  const auto all = [&](auto&... part) -> task<> { (co_await each(part), ...); };
  co_await std::apply(all, *static_cast<std::tuple<Parts...>*>(where));
}

}  // namespace detail

class event_manager {
 public:
  explicit event_manager(process& self) : self_(self) {}
  event_manager(const event_manager&) = delete;
  event_manager& operator=(const event_manager&) = delete;

  /// Takes on_event, on_call, on_info and one on_terminate; at any time, also from handlers. False
  /// when there is one of this name.
  template <class... Parts> bool add_handler(atom name, Parts... parts) {
    static_assert(((detail::is_handler<Parts>::value || detail::is_terminate<Parts>::value) && ...),
                  "beamnode: an event handler is made of on_event, on_call, on_info and "
                  "on_terminate");
    using all = std::tuple<Parts...>;
    detail::event_handler one{name, std::make_shared<all>(std::move(parts)...),
                              &detail::take_event<Parts...>, &detail::end_event_handler<Parts...>};
    return add(std::make_shared<detail::event_handler>(std::move(one)));
  }
  /// Runs its on_terminate with `why`. False when there is none of this name.
  task<bool> delete_handler(atom name, term why);
  /// The latest added first.
  [[nodiscard]] std::vector<atom> which_handlers() const;

  /// Serves until `sys` asks it to end. Then every on_terminate runs, with `stop`.
  task<> serve();

 private:
  using handler = std::shared_ptr<detail::event_handler>;

  bool add(handler one);
  [[nodiscard]] handler find(atom name) const;
  task<> dispatch(detail::system_side& system, const message& m);
  task<> give(detail::system_side& system, const detail::request& r, handler to, bool& handled);
  task<> give_all(detail::system_side& system, const detail::request& r);
  task<> obey(detail::system_side& system, const detail::request& r);

  process& self_;
  std::vector<handler> handlers_;
};

}  // namespace beamnode
