#pragma once
/// The part of a server that answers system messages (see sys.hpp), the same for every behaviour.

#include <beamnode/node/detail/gen_message.hpp>

#include <memory>

namespace beamnode::detail {

/// The state of a server where it can be told: how to write it, and how to replace it.
struct state_access {
  void* where = nullptr;
  void (*write)(void* where, etf::writer& out) = nullptr;  // null: nobody said what the state is
  /// Why the term was refused, in a sentence; empty when the state is replaced.
  std::string (*replace)(void* where, const term& by) = nullptr;
};

enum class behaviour : std::uint8_t { gen_server, gen_statem, gen_event };

class system_side {
 public:
  system_side(process& self, behaviour kind, state_access state, std::optional<etf::pid> parent);
  system_side(const system_side&) = delete;
  system_side& operator=(const system_side&) = delete;
  ~system_side();

  /// Answers a system message. Throws exit_with(Reason) when it was {terminate, Reason}.
  task<> handle(const request& r);
  /// Suspended servers take nothing but system messages and their parent's exit.
  [[nodiscard]] bool suspended() const noexcept { return suspended_; }
  /// The next message that a suspended server takes.
  [[nodiscard]] task<message> receive_suspended();
  /// Throws exit_with(Reason) when this is the parent's {'EXIT', Parent, Reason}.
  void leave_with_parent(const message& m) const {
    if (parent_) throw_if_parent_left(m);
  }

  /// Whether events are to be noted: traced, logged or counted.
  [[nodiscard]] bool watched() const noexcept { return debug_ != nullptr; }
  void note_in(const message& m);
  void note_reply(const request& r, bytes_view reply);
  void note_done();

 private:
  struct debug_options;

  [[nodiscard]] term state_or_not() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] term status() const;
  [[nodiscard]] term callback_failed(std::string_view function, const term& why) const;
  [[nodiscard]] task<term> replace_state(term fun);
  [[nodiscard]] term debug(const term& what);
  [[nodiscard]] term debug_log(const term& what);
  [[nodiscard]] term debug_statistics(const term& what);
  debug_options& options();
  void note(const term& event, std::string_view sentence);
  void throw_if_parent_left(const message& m) const;

  process& self_;
  state_access state_;
  std::optional<etf::pid> parent_;
  std::unique_ptr<debug_options> debug_;
  behaviour kind_;
  bool suspended_ = false;
};

}  // namespace beamnode::detail
