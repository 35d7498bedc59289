#pragma once
/// The state of a state machine, and what its handlers ask for: see gen_statem.hpp.

#include <beamnode/node/receive.hpp>

namespace beamnode {

/// Where a state machine is, and where its handlers want it to go.
template <class State> class machine {
 public:
  explicit machine(State initial) : state_(initial) {}

  [[nodiscard]] State state() const noexcept { return state_; }
  /// When the handler is done, this is the state. Another state than before: the state timeout is
  /// cancelled, postponed messages come first, and on_enter runs.
  void next(State state) { next_ = state; }
  /// The message that is being handled comes again after the next change of state.
  void postpone() noexcept { postpone_ = true; }
  /// on_state_timeout runs unless the state changes within that time. Set together with next(), it
  /// is that of the new state.
  void state_timeout(duration limit) noexcept { wanted_ = limit; }
  void cancel_state_timeout() noexcept {
    wanted_.reset();
    deadline_.reset();
  }

  /// What serve_states() does with it.
  struct driver;

 private:
  State state_;
  std::optional<State> next_;
  std::optional<duration> wanted_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  bool postpone_ = false;
};

}  // namespace beamnode
