#pragma once
/// gen_server: answers GenServer.call and cast from every node of the cluster.
///
///     task<> counter(process& self, std::int64_t n) {
///       co_await serve(self,
///           with_state(n),                                    // for sys: see sys.hpp
///           on_call([&](add m) { return n += m.by; }),
///           on_cast([&](reset) { n = 0; }),
///           after(1h, [&] { throw exit_with("normal"_atom); }),
///           on_terminate([&](const term& reason) { save(n); }));
///     }
///
/// State lives in locals that the handlers capture. A handler takes the request as a C++ type and
/// is chosen by it, in order. It may be a coroutine; the server takes its next message when it is
/// done. on_call handlers return the reply, or take `(Request, from)` and answer later with
/// self.reply().
///
/// A call or cast that no handler takes ends the server with {bad_call, Request} or {bad_cast,
/// Request}, as a GenServer without a clause for it; other messages that no on_info takes are
/// dropped. System messages are answered: see sys.hpp.
///
/// Work before the next message (handle_continue): a handler returns continue_with(work), one that
/// also replies reply_and_continue(reply, work), and an on_continue for the type of `work` does it:
///
///     on_call([&](open o) { return reply_and_continue("ok"_atom, load{o.file}); }),
///     on_continue([&](load l) { table = read(l.file); })
///
/// What a GenServer does in init stands before serve().

#include <beamnode/node/continue_with.hpp>
#include <beamnode/node/detail/serve.hpp>
#include <beamnode/node/sys.hpp>

namespace beamnode {

/// A GenServer.call as a message to receive, for servers that are loops of their own:
///     auto [caller, request] = co_await self.receive<gen_call<add>>();
///     self.reply(caller, request.by);
template <class Request> struct gen_call {
  from caller;
  Request request;
};

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
/// Does what a handler asked for with continue_with(); may itself ask for more.
template <class F> [[nodiscard]] auto on_continue(F&& f) {
  static_assert(detail::safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return detail::continue_part<std::remove_cvref_t<F>>{std::forward<F>(f)};
}
/// Runs last, with the reason: when a handler threw, when `sys` asked the server to end, or when
/// its parent did and it traps exits (see child_of). Not when the process is killed: then only
/// destructors run. What it throws replaces the reason.
template <class F> [[nodiscard]] auto on_terminate(F&& f) {
  static_assert(detail::safe_in_co_await<F>,
                "beamnode: name this handler first: g++ 12 destroys it twice inside a co_await");
  return detail::terminate_part<std::remove_cvref_t<F>>{std::forward<F>(f)};
}

/// Serves until a handler throws (exit_with("normal"_atom) is how a server stops). Takes any number
/// of on_call, on_cast, on_info and on_continue, and at most one with_state, child_of, on_terminate
/// and after: the handler of after(d, f) runs whenever no message came for `d`.
template <class... Parts> task<> serve(process& self, Parts... parts) {
  detail::check_parts<Parts...>();
  if constexpr ((detail::is_terminate<Parts>::value || ...)) {
    return detail::serve_and_terminate(self, std::move(parts)...);
  } else {
    return detail::serve_loop<Parts...>(self, std::move(parts)...);
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
