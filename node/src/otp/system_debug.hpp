#pragma once
/// What `sys` has asked to be noted about a server: a trace, the last events, counts.

#include <beamnode/node/detail/system_side.hpp>

#include <chrono>
#include <ctime>
#include <deque>

namespace beamnode::detail {

struct system_side::debug_options {
  static constexpr std::int64_t usual_log_size = 10;

  [[nodiscard]] bool in_use() const { return trace || log_size != 0 || counting; }

  void remember(const term& event) {
    if (log_size == 0) return;
    events.push_back(event.compact());
    while (events.size() > log_size) events.pop_front();
  }
  void stop_logging() {
    log_size = 0;
    events.clear();
  }
  [[nodiscard]] std::vector<term> logged() const { return {events.begin(), events.end()}; }

  void count_from_now() {
    counting = true;
    started = std::chrono::system_clock::now();
    messages_in = 0;
    messages_out = 0;
  }
  [[nodiscard]] std::vector<term> statistics() const {
    return {term::from(tuple(atom("start_time"), local_time(started))),
            term::from(tuple(atom("current_time"), local_time(std::chrono::system_clock::now()))),
            term::from(tuple(atom("reductions"), 0)),
            term::from(tuple(atom("messages_in"), messages_in)),
            term::from(tuple(atom("messages_out"), messages_out))};
  }

  /// As sys:get_debug and get_status show them.
  [[nodiscard]] std::vector<term> as_terms() const {
    std::vector<term> all;
    if (trace) all.push_back(term::from(tuple(atom("trace"), true)));
    if (log_size != 0) all.push_back(term::from(tuple(atom("log"), log_size)));
    if (counting) all.push_back(term::from(tuple(atom("statistics"), true)));
    return all;
  }

  bool trace = false;
  bool counting = false;
  std::size_t log_size = 0;
  std::int64_t messages_in = 0;
  std::int64_t messages_out = 0;

 private:
  /// {{Year, Month, Day}, {Hour, Minute, Second}}
  static term local_time(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm at{};
    localtime_r(&seconds, &at);
    return term::from(tuple(tuple(at.tm_year + 1900, at.tm_mon + 1, at.tm_mday),
                            tuple(at.tm_hour, at.tm_min, at.tm_sec)));
  }

  std::deque<term> events;
  std::chrono::system_clock::time_point started;
};

}  // namespace beamnode::detail
