#pragma once
/// Requests to servers whose replies are waited for later, as gen_server:send_request and its kin.
///
///     auto sum = send_request<std::int64_t>(self, server, add{1});
///     ...
///     if (auto reply = co_await receive_response(self, sum, 5s)) use(*reply);
///
/// One question to many, with one deadline for all:
///
///     std::vector<request_id<std::int64_t>> asked;
///     for (const pid& w : workers) asked.push_back(send_request<std::int64_t>(self, w, job{}));
///     for (const auto& reply : co_await receive_responses(self, asked, 2s)) ...
///
/// A failure is {Reason, Server} (noproc, noconnection, the exit reason of the server, ...), or
/// `timeout`. A reply of another type throws error_with({bad_reply, Sentence}), as for call(). When
/// a request is over, by reply, failure, timeout of a receive_ function or abandon(), a later reply
/// to it is dropped.

#include <beamnode/node/detail/deadline.hpp>
#include <beamnode/node/process.hpp>

#include <span>

namespace beamnode {

/// A request under way: the reference of its monitor, which is the alias for the reply, too.
template <class R = term> struct request_id {
  reference ref;
  destination server;
};

/// What multi_call() brings: replies in the order of the nodes, and the nodes without one.
template <class R = term> struct multi_call_result {
  std::vector<std::pair<atom, R>> replies;
  std::vector<atom> bad_nodes;
};

/// A reply with the request that it answers.
template <class R = term> struct response {
  request_id<R> id;
  call_result<R> result;
};

namespace detail {

/// Sends {Label, {Self, [alias | Ref]}, Request} and monitors the server with the same reference.
reference send_labelled_request(process& self, bytes_view label, const destination& to,
                                bytes_view request);
/// The next answer to one of these. Empty after the timeout.
[[nodiscard]] task<message> receive_answer(process& self, std::vector<reference> refs,
                                           duration timeout);
/// Which of these the message answers; their number when none.
[[nodiscard]] std::size_t answered(const message& m, std::span<const reference> refs);
/// Ends the request and makes its result of the answer: Reply, or {Reason, Server}.
[[nodiscard]] call_result<message> take_answer(process& self, const message& answer,
                                               const reference& ref, const destination& server);
void abandon_request(process& self, const reference& ref);

template <class R> call_result<R> typed_result(const call_result<message>& reply) {
  if (!reply) return reply.error();
  if constexpr (std::is_void_v<R>) {
    return call_result<R>{};
  } else {
    etf::result<R> value = reply->template decode<R>();
    if (!value) throw error_with(tuple(etf::atom("bad_reply"), value.error().message()));
    return std::move(*value);
  }
}

template <class R> std::vector<reference> refs_of(const std::vector<request_id<R>>& ids) {
  std::vector<reference> refs;
  for (const auto& id : ids) refs.push_back(id.ref);
  return refs;
}

}  // namespace detail

/// GenServer.call without waiting for the reply.
template <class R = term>
request_id<R> send_request(process& self, destination server, const auto& request) {
  const byte_buffer encoded = detail::encode_bare(request);
  static const byte_buffer label = detail::encode_bare(etf::atom("$gen_call"));
  return {detail::send_labelled_request(self, label, server, encoded), server};
}

/// Waits for the reply. Afterwards the request is over.
template <class R>
task<call_result<R>> receive_response(process& self, request_id<R> id,
                                      duration timeout = duration::max()) {
  std::vector<reference> refs{id.ref};  // g++ 12: no braces inside a co_await
  const message answer = co_await detail::receive_answer(self, std::move(refs), timeout);
  if (!answer) {
    detail::abandon_request(self, id.ref);
    co_return call_failure{term(etf::atom("timeout"))};
  }
  co_return detail::typed_result<R>(detail::take_answer(self, answer, id.ref, id.server));
}

/// The same, but after a timeout, which gives nothing, the request goes on.
template <class R>
task<std::optional<call_result<R>>> wait_response(process& self, request_id<R> id,
                                                  duration timeout) {
  std::vector<reference> refs{id.ref};
  const message answer = co_await detail::receive_answer(self, std::move(refs), timeout);
  if (!answer) co_return std::nullopt;
  co_return detail::typed_result<R>(detail::take_answer(self, answer, id.ref, id.server));
}

/// Whether a message that was received is the reply; for loops that receive every `message`.
template <class R>
std::optional<call_result<R>> check_response(process& self, const message& m,
                                             const request_id<R>& id) {
  if (detail::answered(m, {&id.ref, 1}) != 0) return std::nullopt;
  return detail::typed_result<R>(detail::take_answer(self, m, id.ref, id.server));
}

/// All replies, in the order of `ids`. Those that are not there in time are `timeout`.
template <class R>
task<std::vector<call_result<R>>> receive_responses(process& self, std::vector<request_id<R>> ids,
                                                    duration timeout = duration::max()) {
  const auto deadline = detail::deadline_after(self, timeout);
  std::vector<reference> refs = detail::refs_of(ids);
  std::vector<call_result<R>> results(ids.size(), call_failure{term(etf::atom("timeout"))});
  std::vector<std::size_t> places(ids.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  while (!refs.empty()) {
    const duration left = detail::time_left(self, deadline);
    const message answer = co_await detail::receive_answer(self, refs, left);
    if (!answer) break;
    const std::size_t found = detail::answered(answer, refs);
    const request_id<R>& id = ids[places[found]];
    results[places[found]] =
        detail::typed_result<R>(detail::take_answer(self, answer, id.ref, id.server));
    refs[found] = refs.back();
    refs.pop_back();
    places[found] = places.back();
    places.pop_back();
  }
  for (const reference& late : refs) detail::abandon_request(self, late);
  co_return results;
}

/// The first reply to come, whose request is taken out of `ids`. Nothing after the timeout: then
/// all go on.
template <class R>
task<std::optional<response<R>>> receive_first_response(process& self,
                                                        std::vector<request_id<R>>& ids,
                                                        duration timeout = duration::max()) {
  const message answer = co_await detail::receive_answer(self, detail::refs_of(ids), timeout);
  if (!answer) co_return std::nullopt;
  const std::size_t found = detail::answered(answer, detail::refs_of(ids));
  request_id<R> id = ids[found];
  ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(found));
  call_result<R> result =
      detail::typed_result<R>(detail::take_answer(self, answer, id.ref, id.server));
  co_return response<R>{std::move(id), std::move(result)};
}

/// Nobody waits for this reply any more.
template <class R> void abandon(process& self, const request_id<R>& id) {
  detail::abandon_request(self, id.ref);
}

namespace detail {
template <class R>
task<multi_call_result<R>> gather_multi_call(process& self, std::vector<atom> nodes,
                                             std::vector<request_id<R>> ids, duration timeout) {
  const std::vector<call_result<R>> results =
      co_await receive_responses(self, std::move(ids), timeout);
  multi_call_result<R> all;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (results[i]) {
      all.replies.emplace_back(nodes[i], *results[i]);
    } else {
      all.bad_nodes.push_back(nodes[i]);
    }
  }
  co_return all;
}
}  // namespace detail

/// gen_server:multi_call: the same request to the processes of this name on several nodes, which
/// are all waited for until the deadline. Connects where need be.
template <class R = term>
task<multi_call_result<R>> multi_call(process& self, std::vector<atom> nodes, std::string_view name,
                                      const auto& request, duration timeout = duration::max()) {
  std::vector<request_id<R>> ids;
  for (const atom node : nodes) {
    ids.push_back(send_request<R>(self, registered(atom(name), node), request));
  }
  return detail::gather_multi_call(self, std::move(nodes), std::move(ids), timeout);
}

/// gen_server:abcast: a cast to the processes of this name on several nodes.
template <class T>
void abcast(process& self, const std::vector<atom>& nodes, std::string_view name,
            const T& request) {
  for (const atom node : nodes) self.cast(registered(atom(name), node), request);
}

}  // namespace beamnode
