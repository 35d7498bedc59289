#pragma once
/// A supervisor at work: the state of the process behind `supervisor`.

#include <beamnode/node/supervisor.hpp>

#include <deque>
#include <list>
#include <memory>
#include <unordered_map>

namespace beamnode::otp {

class keeper {
 public:
  keeper(process& self, const supervisor_options& how, const std::vector<child_spec>& specs,
         const init_ack& up);
  /// Serves until something ends it: an exception, as in every process.
  task<> run();

 private:
  struct kept {
    std::shared_ptr<const child_spec> spec;
    term more;  // the arguments added by start_child()
    std::optional<pid> now;
    bool restarting = false;  // the last attempt to restart it failed; another one is due
    std::int64_t key = 0;
  };
  using place = std::list<kept>::iterator;

  [[nodiscard]] bool simple() const noexcept { return how_.strategy == simple_one_for_one; }
  place keep(std::shared_ptr<const child_spec> spec, const term& more);
  place find(const term& id);
  void forget(place child);

  task<> start_all();
  /// Nothing when it is up; `now` stays empty when it asked to be ignored.
  task<std::optional<term>> start(place child);
  task<std::optional<term>> start_body(place child);
  task<std::optional<term>> start_by_name(place child);

  task<> end(std::vector<place> children, duration patience);
  task<> end_all();
  void on_down(const down& message, std::unordered_map<reference, place>& waiting);

  task<> on_exit(exit_signal signal);
  task<> on_pending();
  task<> on_retry(std::int64_t key);
  task<> restart(place child);
  /// Counts one more; whether that is too many.
  task<bool> count_restart();
  void put_off(const exit_signal& signal);
  void end_if_significant(const child_spec& ended);

  task<> serve_callers();
  task<term> start_child(term given);
  task<term> start_dynamic(const term& arguments);
  task<term> restart_child(term id);
  task<term> terminate_child(term id);
  task<term> terminate_dynamic(const pid& who);
  term delete_child(const term& id);
  [[nodiscard]] term get_childspec(const term& id);
  [[nodiscard]] term which_child(const term& id);
  [[nodiscard]] term which_children() const;
  [[nodiscard]] term count_children() const;
  [[nodiscard]] term describe(const kept& child) const;

  void log(const child_spec& child, std::string_view what, const term& reason);

  process& self_;
  const supervisor_options& how_;
  const init_ack& up_;
  std::shared_ptr<const child_spec> dynamic_;  // the spec of a simple_one_for_one
  std::list<kept> children_;                   // in the order of their start
  std::unordered_map<pid, place> running_;
  std::deque<exit_signal> pending_;  // came while something else was waited for
  std::size_t restarts_ = 0;         // within max_seconds
  std::int64_t next_key_ = 0;
};

}  // namespace beamnode::otp
