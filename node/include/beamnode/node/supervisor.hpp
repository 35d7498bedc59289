#pragma once
/// Supervisors of C++ processes: Erlang's supervisor, with its rules and its words.
///
///     n.spawn({.name = "shop"}, supervisor(one_for_one,
///         child("till", till),
///         child({.id = "stock", .restart = transient, .shutdown = 2s}, stock, "shelf 1"),
///         child("night", supervisor(rest_for_one, child("guard", guard)))));
///
/// Children start in this order, each when the one before is up (see init_ack.hpp), and end in the
/// reverse one. A child that does not start ends the supervisor with
/// {shutdown, {failed_to_start_child, Id, Reason}}. BEAMs may use all of `supervisor` and
/// `Supervisor` on it: which_children, count_children, start_child, terminate_child, ...
///
/// A process whose supervisor was not started by another one (it was spawned) has no parent it
/// could know: it ends, its children first, on exit signals as a process that does not trap them.
///
/// Each end that is no `normal` or `shutdown`, each failed start and each giving up is one line in
/// the node's log.

#include <beamnode/etf/build.hpp>
#include <beamnode/node/gen_server.hpp>
#include <beamnode/node/init_ack.hpp>

#include <functional>
#include <string>

namespace beamnode {

class supervisor;

/// What happens to the others when a child has to be restarted.
enum class restart_strategy : std::uint8_t {
  one_for_one,        // nothing
  rest_for_one,       // those that were started after it are restarted too
  one_for_all,        // all are
  simple_one_for_one  // one spec, started by start_child() any number of times
};
enum class restart_type : std::uint8_t {
  permanent,  // always restarted
  transient,  // unless its reason is normal, shutdown or {shutdown, _}
  temporary   // never; it is forgotten when it ends
};
/// Whether a supervisor ends when children that are `significant` end by themselves.
enum class auto_shutdown_type : std::uint8_t { never, any_significant, all_significant };

using enum restart_strategy;
using enum restart_type;
using enum auto_shutdown_type;

/// How long a child has after exit(Child, shutdown) before it is killed. At once:
inline constexpr duration brutal_kill = duration::min();
/// As long as it takes.
inline constexpr duration infinity = duration::max();

struct supervisor_options {
  restart_strategy strategy = one_for_one;
  /// One more restart than this within max_seconds, and the supervisor ends with `shutdown`.
  std::size_t max_restarts = 3;
  duration max_seconds = std::chrono::seconds(5);
  auto_shutdown_type auto_shutdown = never;
};

struct child_options {
  std::string_view id;         // an atom, unique in its supervisor
  std::string_view name = {};  // registered under this name
  restart_type restart = permanent;
  std::optional<duration> shutdown = {};  // 5 s; infinity for supervisors
  bool significant = false;
};

namespace detail {
/// Makes the coroutine of a child. `more` is the argument list that start_child() adds.
using child_body = std::function<task<>(process& self, const init_ack& up, const message& more)>;
}  // namespace detail

/// Made by child().
struct child_spec {
  term id;
  std::string name = {};
  restart_type restart = permanent;
  duration shutdown = std::chrono::seconds(5);
  bool is_supervisor = false;
  bool significant = false;
  std::optional<mfa_call> call = {};  // an exported function; else:
  detail::child_body body = {};
};

namespace detail {

template <std::size_t N, class Tuple> struct drop_first;
template <class... Ts> struct drop_first<0, std::tuple<Ts...>> {
  using type = std::tuple<Ts...>;
};
template <std::size_t N, class T, class... Ts>
  requires(N > 0)
struct drop_first<N, std::tuple<T, Ts...>> : drop_first<N - 1, std::tuple<Ts...>> {};

template <class F, class... Args>
task<> start_child_body(process& self, const init_ack& up, const F& f, const Args&... args) {
  if constexpr (std::is_invocable_v<const F&, process&, init_ack, Args...>) {
    return run_body<F, init_ack, Args...>(self, f, up, args...);
  } else {
    return up_when_waiting(run_body<F, Args...>(self, f, args...), up);
  }
}

template <class F, class... Args> child_body make_child_body(F f, Args... args) {
  if constexpr (std::is_invocable_v<const F&, process&, Args...> ||
                std::is_invocable_v<const F&, process&, init_ack, Args...>) {
    return [f = std::move(f), ... args = std::move(args)](process& self, const init_ack& up,
                                                          const message& more) {
      static_cast<void>(argument_list<std::tuple<>>::decode(more));
      return start_child_body<F, Args...>(self, up, f, args...);
    };
  } else {
    using More = typename drop_first<sizeof...(Args), typename signature<F>::arguments>::type;
    return [f = std::move(f), ... args = std::move(args)](process& self, const init_ack& up,
                                                          const message& more) {
      const More last = argument_list<More>::decode(more);
      return std::apply(
          [&]<class... Ts>(const Ts&... rest) {
            return start_child_body<F, Args..., Ts...>(self, up, f, args..., rest...);
          },
          last);
    };
  }
}

}  // namespace detail

/// A child that runs `f(self, args...)`, or an exported function: `child("till", mfa("shop",
/// "till"))`. Each start gets copies of the arguments. Under simple_one_for_one some or all of the
/// last arguments may be left to start_child().
template <class F, class... Args>
[[nodiscard]] child_spec child(const child_options& how, F f, Args... args) {
  constexpr bool is_supervisor = std::is_same_v<F, supervisor>;
  child_spec made{
      .id = atom(how.id),
      .name = std::string(how.name),
      .restart = how.restart,
      .shutdown = how.shutdown.value_or(is_supervisor ? infinity : std::chrono::seconds(5)),
      .is_supervisor = is_supervisor,
      .significant = how.significant};
  if constexpr (std::is_same_v<F, mfa_call>) {
    static_assert(sizeof...(Args) == 0, "beamnode: the arguments stand in mfa()");
    made.call = std::move(f);
  } else {
    made.body = detail::make_child_body(std::move(f), std::move(args)...);
  }
  return made;
}
template <class F, class... Args>
[[nodiscard]] child_spec child(std::string_view id, F f, Args... args) {
  return child(child_options{.id = id}, std::move(f), std::move(args)...);
}

/// A process body: spawn it, await it at the end of one of your own, or make it a child.
class supervisor {
 public:
  template <std::same_as<child_spec>... Children>
  explicit supervisor(const supervisor_options& how, Children... children) : how_(how) {
    (children_.push_back(std::move(children)), ...);
  }
  template <std::same_as<child_spec>... Children>
  explicit supervisor(restart_strategy strategy, Children... children)
      : supervisor(supervisor_options{.strategy = strategy}, std::move(children)...) {}

  task<> operator()(process& self, init_ack up = {}) const;

 private:
  supervisor_options how_;
  std::vector<child_spec> children_;
};

/// What which_children() says of a child.
struct child_info {
  term id;                 // `undefined` under simple_one_for_one
  std::optional<pid> now;  // nothing while it does not run
  bool is_supervisor = false;
};

/// The functions of OTP's supervisor, for any supervisor in the cluster. Failures are OTP's:
/// not_found, running, already_present, {already_started, Pid}, ..., or that of a call. An id is an
/// atom or any other term; a child of a simple_one_for_one is named by its pid.
task<call_result<pid>> start_child(process& self, destination supervisor,
                                   const child_spec& by_name);
task<call_result<pid>> start_child_list(process& self, destination supervisor, term arguments);
task<call_result<pid>> restart_child(process& self, destination supervisor, term id);
task<call_result<bool>> terminate_child(process& self, destination supervisor, term id);
task<call_result<bool>> delete_child(process& self, destination supervisor, term id);
task<std::vector<child_info>> which_children(process& self, destination supervisor);

/// One more child of a simple_one_for_one, with these arguments added.
template <class... Args>
  requires(!(std::is_same_v<Args, child_spec> || ...))
task<call_result<pid>> start_child(process& self, destination supervisor, Args... args) {
  return start_child_list(self, supervisor, etf::list(args...));
}

}  // namespace beamnode
