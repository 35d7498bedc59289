#pragma once
/// How serve() runs its handlers. Included by gen_server.hpp.

#include <beamnode/node/continue_with.hpp>
#include <beamnode/node/sys.hpp>

namespace beamnode::detail {

template <request_kind Kind, class F> struct on {
  static constexpr request_kind kind = Kind;
  F f;
};
template <class F> struct continue_part {
  F f;
};
template <class F> struct terminate_part {
  F f;
};

template <class T> struct is_handler : std::false_type {};
template <request_kind Kind, class F> struct is_handler<on<Kind, F>> : std::true_type {};
template <class T> struct is_continue : std::false_type {};
template <class F> struct is_continue<continue_part<F>> : std::true_type {};
template <class T> struct is_terminate : std::false_type {};
template <class F> struct is_terminate<terminate_part<F>> : std::true_type {};
template <class T> struct is_state : std::false_type {};
template <class... Ts> struct is_state<state_part<Ts...>> : std::true_type {};

template <request_kind Kind, class F> on<Kind, std::remove_cvref_t<F>> make_handler(F&& f) {
  static_assert(safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return {std::forward<F>(f)};
}

template <class... Parts> constexpr void check_parts() {
  static_assert(((is_handler<Parts>::value || is_continue<Parts>::value ||
                  is_terminate<Parts>::value || is_state<Parts>::value || is_after<Parts>::value ||
                  std::is_same_v<Parts, parent_part>)&&...),
                "beamnode: serve() takes on_call, on_cast, on_info, on_continue, on_terminate, "
                "with_state, child_of and after");
  static_assert((int{is_terminate<Parts>::value} + ... + 0) <= 1 &&
                    (int{is_state<Parts>::value} + ... + 0) <= 1 &&
                    (int{is_after<Parts>::value} + ... + 0) <= 1 &&
                    (int{std::is_same_v<Parts, parent_part>} + ... + 0) <= 1,
                "beamnode: serve() takes one on_terminate, with_state, child_of and after at most");
}

/// The request type of a handler, and whether it takes `from` too.
template <class F> struct handler_traits : handler_traits<decltype(&F::operator())> {};
template <class F, class R, class Request, class... More>
struct handler_traits<R (F::*)(Request, More...)> {
  using request = std::remove_cvref_t<Request>;
  using result = typename unwrap_task<R>::type;
  static constexpr bool takes_from = sizeof...(More) == 1;
};
template <class F, class R, class Request, class... More>
struct handler_traits<R (F::*)(Request, More...) const>
    : handler_traits<R (F::*)(Request, More...)> {};

/// The work that handlers asked for: what no or one on_continue takes.
template <class Done, class... Parts> struct pending_work;
template <class... Works> struct pending_work<type_list<Works...>> {
  using type = std::variant<std::monostate, Works...>;
};
template <class... Works, class Part, class... Rest>
struct pending_work<type_list<Works...>, Part, Rest...>
    : pending_work<type_list<Works...>, Rest...> {};
template <class... Works, class F, class... Rest>
struct pending_work<type_list<Works...>, continue_part<F>, Rest...>
    : pending_work<type_list<Works..., typename handler_traits<F>::request>, Rest...> {};

template <class T> struct is_continue_with : std::false_type {};
template <class W> struct is_continue_with<continue_with<W>> : std::true_type {};
template <class T> struct is_reply_and_continue : std::false_type {};
template <class R, class W>
struct is_reply_and_continue<reply_and_continue<R, W>> : std::true_type {};

template <class Pending, class Work> void ask_for(Pending& next, Work&& work) {
  static_assert(
      requires { next.template emplace<std::remove_cvref_t<Work>>(std::forward<Work>(work)); },
      "beamnode: no on_continue takes the work that this handler asks for");
  next.template emplace<std::remove_cvref_t<Work>>(std::forward<Work>(work));
}

template <class T>
void reply_with(process& self, system_side& system, const request& r, const T& value) {
  const byte_buffer reply = encode_bare(value);
  send_reply(self, r.caller, r.tag, reply);
  if (system.watched()) system.note_reply(r, reply);
}

/// What a handler's result means: a reply, work to go on with, both or nothing.
template <request_kind Kind, class R, class Pending>
void settle(process& self, system_side& system, const request& r, R& result, Pending& next) {
  if constexpr (is_continue_with<R>::value) {
    ask_for(next, std::move(result.work));
  } else if constexpr (is_reply_and_continue<R>::value) {
    static_assert(Kind == request_kind::call, "beamnode: only on_call replies");
    reply_with(self, system, r, result.reply);
    ask_for(next, std::move(result.work));
  } else if constexpr (Kind == request_kind::call) {
    reply_with(self, system, r, result);
  }
}

template <class Handler, class Pending>
task<bool> try_handler(process& self, system_side& system, const request& r, Handler& handler,
                       Pending& next) {
  using Traits = handler_traits<decltype(handler.f)>;
  using R = typename Traits::result;
  constexpr request_kind kind = Handler::kind;
  etf::reader body = r.body;
  auto value = etf::codec<typename Traits::request>::decode(body);
  if (!body.ok()) co_return false;
  if constexpr (Traits::takes_from) {
    static_assert(kind == request_kind::call, "beamnode: only on_call takes `from`");
    from caller{r.caller, r.tag};  // g++ 12: no braces inside a co_await
    if constexpr (is_continue_with<R>::value) {
      R result = co_await run_handler<R>(handler.f, std::move(value), std::move(caller));
      ask_for(next, std::move(result.work));
    } else {
      static_assert(std::is_void_v<R>,
                    "beamnode: an on_call that takes `from` answers with self.reply()");
      co_await run_handler<R>(handler.f, std::move(value), std::move(caller));
    }
    if (system.watched()) system.note_done();
  } else if constexpr (std::is_void_v<R>) {
    co_await run_handler<R>(handler.f, std::move(value));
    if constexpr (kind == request_kind::call) {
      reply_with(self, system, r, etf::atom("ok"));
    } else if (system.watched()) {
      system.note_done();
    }
  } else {
    R result = co_await run_handler<R>(handler.f, std::move(value));
    settle<kind>(self, system, r, result, next);
    if (kind != request_kind::call && system.watched()) system.note_done();
  }
  co_return true;
}

/// Offers the request to this part unless another has taken it. (g++ 12 runs a co_await behind ||
/// in any case.)
template <class Part, class Pending>
task<> try_part(process& self, system_side& system, const request& r, Part& part, Pending& next,
                bool& handled) {
  if constexpr (is_handler<Part>::value) {
    if (handled || r.kind != Part::kind) co_return;
    handled = co_await try_handler(self, system, r, part, next);
  }
  co_return;
}

/// Does the work if this part is the on_continue for it.
template <class Part, class Pending> task<> try_continue(Part& part, Pending& work, Pending& next) {
  using Traits = handler_traits<decltype(part.f)>;
  using R = typename Traits::result;
  using Work = typename Traits::request;
  if (!std::holds_alternative<Work>(work)) co_return;
  Work mine = std::get<Work>(std::move(work));
  work.template emplace<0>();
  if constexpr (std::is_void_v<R>) {
    co_await run_handler<R>(part.f, std::move(mine));
  } else {
    static_assert(is_continue_with<R>::value,
                  "beamnode: an on_continue returns nothing, or continue_with(work)");
    R result = co_await run_handler<R>(part.f, std::move(mine));
    ask_for(next, std::move(result.work));
  }
}

/// Runs on_continue handlers until none asks for more.
template <class Pending, class... Parts> task<> work_off(Pending& next, Parts&... parts) {
  while (next.index() != 0) {
    Pending work = std::move(next);
    next.template emplace<0>();
    [[maybe_unused]] const auto each = [&]<class Part>(Part& part) -> task<> {
      if constexpr (is_continue<Part>::value) co_await try_continue(part, work, next);
      co_return;
    };
    (co_await each(parts), ...);
  }
}

template <class... Parts> state_access find_state(Parts&... parts) {
  state_access found;
  [[maybe_unused]] const auto look = [&]<class Part>(Part& part) {
    if constexpr (is_state<Part>::value) found = part.access();
  };
  (look(parts), ...);
  return found;
}

template <class... Parts> std::optional<etf::pid> find_parent(const Parts&... parts) {
  std::optional<etf::pid> found;
  [[maybe_unused]] const auto look = [&]<class Part>(const Part& part) {
    if constexpr (std::is_same_v<Part, parent_part>) found = part.parent;
  };
  (look(parts), ...);
  return found;
}

template <class... Parts> std::optional<duration> find_limit(const Parts&... parts) {
  std::optional<duration> found;
  [[maybe_unused]] const auto look = [&]<class Part>(const Part& part) {
    if constexpr (is_after<Part>::value) found = part.limit;
  };
  (look(parts), ...);
  return found;
}

/// Runs the handler of after(), which may ask for work, too.
template <class Pending, class Part> task<> run_after(Part& part, Pending& next) {
  using R = typename unwrap_task<std::invoke_result_t<decltype(part.then)&>>::type;
  if constexpr (is_continue_with<R>::value) {
    R result = co_await run_handler<R>(part.then);
    ask_for(next, std::move(result.work));
  } else {
    static_cast<void>(next);
    co_await run_handler<R>(part.then);
  }
}

/// `Parts` are values, or references to what the caller keeps.
template <class... Parts> task<> serve_loop(process& self, Parts... parts) {
  using Pending = typename pending_work<type_list<>, std::remove_cvref_t<Parts>...>::type;
  system_side system(self, behaviour::gen_server, find_state(parts...), find_parent(parts...));
  const std::optional<duration> limit = find_limit(parts...);
  Pending next;
  for (;;) {
    if constexpr (std::variant_size_v<Pending> > 1) co_await work_off(next, parts...);
    message m;
    if (system.suspended()) {
      m = co_await system.receive_suspended();
    } else if (!limit) {
      m = co_await self.receive<message>();
    } else if (std::optional<message> arrived = co_await self.receive<message>(*limit)) {
      m = std::move(*arrived);
    } else {
      [[maybe_unused]] const auto each = [&]<class Part>(Part& part) -> task<> {
        if constexpr (is_after<Part>::value) co_await run_after(part, next);
        co_return;
      };
      (co_await each(parts), ...);
      continue;
    }
    const request r = read_request(m);
    if (r.kind == request_kind::system) {
      co_await system.handle(r);
      continue;
    }
    if (r.kind == request_kind::info) system.leave_with_parent(m);
    if (system.watched()) system.note_in(m);
    bool handled = false;
    (co_await try_part(self, system, r, parts, next, handled), ...);
    if (!handled && r.kind != request_kind::info) exit_unhandled(r);
  }
}

template <class... Parts> task<> serve_and_terminate(process& self, Parts... parts) {
  std::exception_ptr cause;
  try {
    co_await serve_loop<Parts&...>(self, parts...);
  } catch (...) {
    cause = std::current_exception();
  }
  const term reason = reason_of(cause);
  [[maybe_unused]] const auto each = [&]<class Part>(Part& part) -> task<> {
    if constexpr (is_terminate<Part>::value) co_await run_handler<void>(part.f, reason);
    co_return;
  };
  (co_await each(parts), ...);
  std::rethrow_exception(cause);
}

}  // namespace beamnode::detail
