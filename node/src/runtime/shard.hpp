#pragma once
/// One thread's worth of the runtime: its processes, their run queue, names, timers and relations.
/// Everything here belongs to one thread. No socket, no clock: time comes in, signals for other
/// nodes go out through `remote`.

#include "runtime/delayed_sends.hpp"
#include "runtime/process_state.hpp"
#include "runtime/remote.hpp"
#include "runtime/timers.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace beamnode::runtime {

class shard {
 public:
  using time_point = timers::time_point;
  /// Runs a function by name as the body of `self`; what other nodes spawn.
  using entry_point =
      std::function<task<>(process& self, etf::atom module, etf::atom function, message arguments)>;
  using logger = std::function<void(std::string_view)>;

  shard(etf::atom node, std::uint32_t creation, remote& outside, logger log);
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;
  ~shard();

  [[nodiscard]] etf::atom node() const noexcept { return node_; }
  [[nodiscard]] std::uint32_t creation() const noexcept { return creation_; }
  [[nodiscard]] timers& clock() noexcept { return timers_; }
  [[nodiscard]] time_point now() const noexcept { return now_; }
  [[nodiscard]] remote& outside() noexcept { return outside_; }
  void log(std::string_view sentence) const { log_(sentence); }
  /// The loop that runs this shard, for what waits in it, and how it is told that something outside
  /// its turns made a process runnable.
  void set_loop(void* loop, std::function<void()> wake) {
    loop_ = loop;
    wake_ = std::move(wake);
  }
  [[nodiscard]] void* loop() const noexcept { return loop_; }
  void wake() const {
    if (wake_) wake_();
  }
  void set_entry_point(entry_point run) { entry_point_ = std::move(run); }

  // -- processes: registry.cpp --------------------------------------------------------------
  [[nodiscard]] process_state& create(const etf::pid& group_leader);
  void start(process_state& p, task<> body);
  /// A live process of this node in this life, or null.
  [[nodiscard]] process_state* find(const etf::pid& p) noexcept {
    if (!is_ours(p) || p.id == 0 || p.id > slots_.size()) return nullptr;
    const slot& s = slots_[p.id - 1];
    if (s.process == nullptr || s.serial != p.serial) return nullptr;
    return s.process->exit_reason ? nullptr : s.process;
  }
  [[nodiscard]] process_state* find(etf::atom name) noexcept;
  [[nodiscard]] bool is_ours(const etf::pid& p) const noexcept {
    return p.node == node_ && p.creation == creation_;
  }
  [[nodiscard]] bool is_ours(const etf::reference& r) const noexcept {
    return r.node == node_ && r.creation == creation_;
  }
  /// Whether a process can have this name; nobody can be `undefined`.
  [[nodiscard]] bool is_free(etf::atom name) const noexcept;
  bool register_name(etf::atom name, process_state& p);
  bool unregister_name(etf::atom name);
  [[nodiscard]] etf::pid pid_of(const process_state& p) const noexcept {
    return {node_, p.id, p.serial, creation_};
  }
  [[nodiscard]] etf::reference make_reference() noexcept;
  /// For an answer that `owner` will look for: nothing that is in its mailbox now.
  [[nodiscard]] etf::reference make_reference(process_state& owner);
  /// Grows from one reference of a shard to the next.
  [[nodiscard]] static std::uint64_t number_of(const etf::reference& ref) noexcept;
  [[nodiscard]] std::size_t process_count() const noexcept { return live_; }

  // -- scheduling: scheduler.cpp --------------------------------------------------------------
  void make_runnable(process_state& p) noexcept {
    const bool held_up = p.state == run_state::blocked && p.busy && !p.exit_reason;
    if (held_up || (p.state != run_state::waiting && p.state != run_state::blocked)) return;
    p.state = run_state::runnable;
    p.next_runnable = nullptr;
    (run_last_ == nullptr ? run_first_ : run_last_->next_runnable) = &p;
    run_last_ = &p;
  }
  /// Fires due timers and runs processes until none is runnable or `slices` are used up.
  /// True when something is still runnable.
  bool run(time_point now, std::size_t slices);
  /// Ends `p` with this reason when it next suspends. The first reason stands.
  void terminate(process_state& p, etf::bytes_view reason);
  /// The same, as if this had left its body; the log says so.
  void fail(process_state& p, const std::exception_ptr& cause);
  void unblock(const etf::pid& p) noexcept;
  /// How often a message has been shown to a receive since the shard was made.
  [[nodiscard]] std::uint64_t messages_examined() const noexcept { return examined_; }

  // -- trace tokens: tracing.cpp --------------------------------------------------------------
  /// What is sent or delivered while it lives carries a token.
  class [[nodiscard]] traced {
   public:
    /// As it came from another node; empty: none.
    traced(shard& home, etf::bytes_view token, std::span<const etf::atom> refs = {});
    /// The next one of this process, if it has any.
    traced(shard& home, process_state& sender);
    traced(const traced&) = delete;
    traced& operator=(const traced&) = delete;
    ~traced() { home_.trace_token_.clear(); }

   private:
    shard& home_;
  };
  /// The token of the signal that is under way, without cache references; empty: none.
  [[nodiscard]] etf::bytes_view trace_token() const noexcept { return trace_token_; }

  // -- messages and signals from processes of this node: signals.cpp ------------------------
  void send(process_state& from, const etf::pid& to, etf::bytes_view message,
            bool priority = false) {
    if (to.node != node_ || from.trace) return send_with_all(from, to, message, priority);
    process_state* const p = find(to);
    if (p == nullptr) return;
    p->inbox.push(envelope::make(message));
    if (p->state == run_state::waiting) make_runnable(*p);
  }
  void send(process_state& from, const registered& to, etf::bytes_view message,
            bool priority = false);
  void send(process_state& from, const etf::reference& alias, etf::bytes_view message,
            bool priority = false);
  void exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason, bool priority);
  void exit(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
            bool priority);
  void link(process_state& p, const etf::pid& other, link_options options = {});
  void unlink(process_state& p, const etf::pid& other);
  etf::reference monitor(process_state& p, const monitor_target& target, monitor_options options);
  void monitor_with(process_state& p, const monitor_target& target, const etf::reference& ref,
                    bool priority = false);
  /// Whether there was such a monitor.
  bool demonitor(process_state& p, const etf::reference& ref);
  etf::reference make_alias(process_state& p, alias_options options);
  void add_alias(process_state& p, const etf::reference& ref, alias_state how);
  bool remove_alias(process_state& p, const etf::reference& ref);
  etf::reference send_after(duration delay, const destination& to, etf::bytes_view message);
  /// The time that was left; nothing when it has fired, was cancelled or never was.
  std::optional<duration> cancel_timer(const etf::reference& timer);
  void watch_nodes(process_state& p, bool on);
  [[nodiscard]] std::vector<etf::atom> nodes(node_kind kind) const;
  void monitor_node(process_state& p, etf::atom node, bool on);
  etf::reference spawn_request(process_state& p, etf::atom node, const mfa_call& call,
                               spawn_request_options wishes);
  /// Nobody waits for this spawn or its process any more.
  void abandon_spawn(process_state& p, const etf::reference& ref);

  // -- signals from other nodes: incoming.cpp ------------------------------------------------
  /// `owner`: the buffer that `message` is a part of, or null; a large message takes it over.
  void deliver(const etf::pid& to, etf::bytes_view message, std::span<const etf::atom> refs = {},
               etf::byte_buffer* owner = nullptr) {
    if (process_state* const p = find(to); p != nullptr) enqueue(*p, message, refs, owner);
  }
  void deliver(etf::atom name, etf::bytes_view message, std::span<const etf::atom> refs = {},
               etf::byte_buffer* owner = nullptr);
  void deliver(const etf::reference& alias, etf::bytes_view message,
               std::span<const etf::atom> refs = {}, etf::byte_buffer* owner = nullptr,
               bool priority = false);
  void on_link(const etf::pid& from, const etf::pid& to);
  void on_unlink(std::uint64_t id, const etf::pid& from, const etf::pid& to);
  void on_unlink_ack(std::uint64_t id, const etf::pid& from, const etf::pid& to);
  void on_exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason);
  void on_exit2(const etf::pid& from, const etf::pid& to, etf::bytes_view reason);
  void on_exit2(const etf::pid& from, const etf::reference& alias, etf::bytes_view reason,
                bool priority);
  void on_monitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref);
  void on_monitor(const etf::pid& from, etf::atom name, const etf::reference& ref);
  void on_demonitor(const etf::reference& ref, const etf::pid& to);
  void on_demonitor(const etf::reference& ref, etf::atom name);
  void on_monitor_exit(const etf::pid& watcher, const etf::reference& ref, etf::bytes_view reason);
  struct spawn_order {
    etf::reference id;
    etf::pid from;
    etf::pid group_leader;
    etf::atom module;
    etf::atom function;
    bool link = false;
    bool monitor = false;
  };
  void on_spawn_request(const spawn_order& order, message arguments);
  void on_spawn_reply(const etf::reference& id, const etf::pid& to, bool linked, bool monitored,
                      const std::variant<etf::pid, etf::atom>& result);
  void on_group_leader(const etf::pid& leader, const etf::pid& to);
  /// Every relation with `node` breaks: links and monitors fire with noconnection.
  void node_down(etf::atom node);
  /// Remembers the node among the connected ones, or forgets it; tells the processes that watch.
  void announce_up(etf::atom node, bool hidden);
  void announce_down(etf::atom node, bool hidden, etf::bytes_view reason);

 private:
  friend class process_state;

  struct slot {
    process_state* process = nullptr;
    std::uint32_t serial = 0;
  };
  /// A spawn whose parent died before the answer came.
  struct orphan {
    etf::atom node;
    etf::byte_buffer reason;
  };

  /// To another node, or with a trace token.
  void send_with_all(process_state& from, const etf::pid& to, etf::bytes_view message,
                     bool priority);
  process_state* pop_runnable() noexcept;
  void run_one(process_state& p);
  void finish(process_state& p);
  void report_crash(const process_state& p, const std::exception_ptr& cause);
  void break_ties(process_state& p, etf::bytes_view reason);
  void enqueue(process_state& p, etf::bytes_view message, std::span<const etf::atom> refs,
               etf::byte_buffer* owner = nullptr, bool priority = false) {
    envelope_ptr letter = envelope::make(message, refs, trace_token_, owner);
    if (priority) {
      p.inbox.push_priority(std::move(letter));
    } else {
      p.inbox.push(std::move(letter));
    }
    if (p.state == run_state::waiting) make_runnable(p);
  }
  template <class T> void deliver_value(process_state& p, const T& value);
  void suspend_sender(process_state& p) noexcept;
  void exit_signal_to(process_state& to, const etf::pid& from, etf::bytes_view reason, bool by_link,
                      bool priority = false);
  void deliver_down(process_state& p, const etf::reference& ref, const monitor_state& what,
                    etf::bytes_view reason);
  void spawn_here(process_state& p, const etf::reference& ref, const mfa_call& call,
                  spawn_request_options wishes);
  /// The monitor of this reference has ended.
  void end_alias_of_monitor(process_state& p, const etf::reference& ref);
  void watch(process_state& watched, const etf::reference& ref, watcher w);
  /// Drops a monitor by name, also where the name has gone to another process since.
  void unwatch_named(const etf::reference& ref);

  etf::atom node_;
  std::uint32_t creation_;
  remote& outside_;
  logger log_;
  entry_point entry_point_;
  void* loop_ = nullptr;
  std::function<void()> wake_;
  timers timers_;
  time_point now_{};

  std::vector<slot> slots_;  // slot i holds the process with id i + 1
  std::vector<std::uint32_t> free_slots_;
  std::size_t live_ = 0;
  std::unordered_map<etf::atom, process_state*> names_;
  std::unordered_map<etf::reference, process_state*> aliases_;
  std::unordered_map<etf::reference, orphan> orphans_;
  /// Who is watched by a monitor that gave a name. A pid, because references from other nodes may
  /// be anything.
  std::unordered_map<etf::reference, etf::pid> named_watches_;
  std::unordered_set<process_state*> node_watchers_;
  delayed_sends delayed_;
  std::unordered_map<etf::atom, bool> connected_;  // node -> hidden?
  std::uint64_t last_reference_ = 0;
  etf::byte_buffer trace_token_;
  std::uint64_t examined_ = 0;

  process_state* run_first_ = nullptr;
  process_state* run_last_ = nullptr;
};

/// The process behind a `self`.
inline process_state& state_of(process& self) noexcept { return static_cast<process_state&>(self); }
inline const process_state& state_of(const process& self) noexcept {
  return static_cast<const process_state&>(self);
}

}  // namespace beamnode::runtime
