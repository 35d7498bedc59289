#pragma once
/// gen_server: answers GenServer.call and cast from every node of the cluster.
///
///     task<> counter(process& self, std::int64_t n) {
///       co_await serve(self,
///           on_call([&](add m) { return n += m.by; }),
///           on_cast([&](reset) { n = 0; }));
///     }
///
/// State lives in locals that the handlers capture. A handler takes the request as a C++ type and
/// is chosen by it, in order. It may be a coroutine; the server takes its next message when it is
/// done. on_call handlers return the reply, or take `(Request, from)` and answer later with
/// self.reply().
///
/// A call or cast that no handler takes ends the server with {bad_call, Request} or {bad_cast,
/// Request}, as a GenServer without a clause for it; other messages that no on_info takes are
/// dropped.

#include <beamnode/node/process.hpp>

namespace beamnode {

/// A GenServer.call as a message to receive, for servers that are loops of their own:
///     auto [caller, request] = co_await self.receive<gen_call<add>>();
///     self.reply(caller, request.by);
template <class Request> struct gen_call {
  from caller;
  Request request;
};

namespace detail {

enum class request_kind : std::uint8_t { call, cast, info };

template <request_kind Kind, class F> struct on {
  static constexpr request_kind kind = Kind;
  F f;
};

template <request_kind Kind, class F> on<Kind, std::remove_cvref_t<F>> make_handler(F&& f) {
  static_assert(safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return {std::forward<F>(f)};
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

/// A message as a gen_server sees it: what kind it is, whom to answer, and where the request
/// starts.
struct request {
  request_kind kind = request_kind::info;
  etf::pid caller;
  byte_buffer tag;
  etf::reader body;
};
[[nodiscard]] request read_request(const message& m);
/// Sends {Tag, Reply} where gen_server:reply would: to the alias in the tag, else to the caller.
void send_reply(process& self, const etf::pid& caller, bytes_view tag, bytes_view reply);
[[noreturn]] void exit_unhandled(const request& r);

template <class Handler> task<bool> try_handler(process& self, const request& r, Handler& handler) {
  using Traits = handler_traits<decltype(handler.f)>;
  if (r.kind != Handler::kind) co_return false;
  etf::reader body = r.body;
  auto value = etf::codec<typename Traits::request>::decode(body);
  if (!body.ok()) co_return false;
  using R = typename Traits::result;
  if constexpr (Traits::takes_from) {
    static_assert(Handler::kind == request_kind::call, "beamnode: only on_call takes `from`");
    from caller{r.caller, r.tag};  // g++ 12: no braces inside a co_await
    co_await run_handler<R>(handler.f, std::move(value), std::move(caller));
  } else if constexpr (Handler::kind == request_kind::call) {
    if constexpr (std::is_void_v<R>) {
      co_await run_handler<R>(handler.f, std::move(value));
      send_reply(self, r.caller, r.tag, encode_message(etf::atom("ok")));
    } else {
      const R result = co_await run_handler<R>(handler.f, std::move(value));
      send_reply(self, r.caller, r.tag, encode_bare(result));
    }
  } else {
    co_await run_handler<R>(handler.f, std::move(value));
  }
  co_return true;
}

}  // namespace detail

template <class F> [[nodiscard]] auto on_call(F&& f) {
  return detail::make_handler<detail::request_kind::call>(std::forward<F>(f));
}
template <class F> [[nodiscard]] auto on_cast(F&& f) {
  return detail::make_handler<detail::request_kind::cast>(std::forward<F>(f));
}
/// Any other message. An on_info for `term` takes them all.
template <class F> [[nodiscard]] auto on_info(F&& f) {
  return detail::make_handler<detail::request_kind::info>(std::forward<F>(f));
}

/// Serves until a handler throws (exit_with("normal"_atom) is how a server stops).
template <class... Handlers> task<> serve(process& self, Handlers... handlers) {
  for (;;) {
    const message m = co_await self.receive<message>();
    const detail::request r = detail::read_request(m);
    bool handled = false;
    ((handled = handled || co_await detail::try_handler(self, r, handlers)), ...);
    if (!handled && r.kind != detail::request_kind::info) detail::exit_unhandled(r);
  }
}

}  // namespace beamnode

namespace beamnode::etf {

template <> struct codec<from> {
  static void encode(writer& w, const from& v) {
    w.write_tuple(2);
    w.write_pid(v.caller);
    w.write_encoded(v.tag);
  }
  static from decode(reader& r) {
    r.expect_tuple(2);
    const pid caller = r.read_pid();
    byte_buffer tag = etf::copy_encoded(r);
    return r.ok() ? from{caller, std::move(tag)} : from{};
  }
};

template <class Request> struct codec<gen_call<Request>> {
  static gen_call<Request> decode(reader& r) {
    gen_call<Request> call{};
    r.expect_tuple(3);
    r.expect_atom(atom("$gen_call"));
    if (r.ok()) call.caller = codec<from>::decode(r);
    if (r.ok()) call.request = codec<Request>::decode(r);
    return call;
  }
};

}  // namespace beamnode::etf
