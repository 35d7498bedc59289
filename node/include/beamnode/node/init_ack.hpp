#pragma once
/// When is a process up that another one started? A supervisor, of C++ or of a BEAM, goes on with
/// the next child only then, and a process that ends before has not started at all: proc_lib's
/// start_link and init_ack.
///
/// A process is up when it waits for the first time: what its body does before the first receive,
/// call or sleep that has to wait is its init. A body whose init itself waits takes an `init_ack`
/// behind `self` and says so:
///     task<> store(process& self, init_ack up, std::string url) {
///       auto data = co_await load(self, url);   // throws: the start fails with that reason
///       up();
///       ...

#include <beamnode/node/process.hpp>

namespace beamnode {

class init_ack {
 public:
  /// Nobody waits for it: the process was spawned, not started.
  init_ack() = default;
  /// Of process `self`; `starter` waits for `ref`. Once up, it is linked to `parent`, if any.
  init_ack(process& self, const pid& starter, const reference& ref,
           std::optional<pid> parent = std::nullopt)
      : self_(&self), starter_(starter), parent_(parent), ref_(ref) {}

  /// The process is up.
  void operator()() const;
  /// The process is about to return, and that is no failure: init/1 that returns `ignore`.
  void ignore() const;
  /// Who starts it: a supervisor takes the exit signals of its parent for orders.
  [[nodiscard]] const pid& starter() const noexcept { return starter_; }

 private:
  process* self_ = nullptr;
  pid starter_;
  std::optional<pid> parent_;
  reference ref_;
};

namespace detail {

/// What an init_ack sends: {'$init_ack', Ref, ok | ignore}.
struct init_acked {
  reference ref;
  bool ignored = false;
};

/// Calls `up` when `body` waits for the first time, or has ended well without.
task<> up_when_waiting(task<> body, init_ack up);

}  // namespace detail

}  // namespace beamnode

template <> struct beamnode::etf::codec<beamnode::detail::init_acked> {
  static void encode(writer& w, const beamnode::detail::init_acked& v);
  static beamnode::detail::init_acked decode(reader& r);
};
