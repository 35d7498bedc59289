#pragma once
// One shard with a clock held by hand and a world outside that only writes down what it is asked.

#include "runtime/shard.hpp"

#include <beamnode/node/gen_server.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace beamnode::test {

class recording_remote final : public runtime::remote {
 public:
  std::vector<std::string> signals;
  bool ready = true;  // what the sends answer

  bool send(const pid& from, const pid& to, bytes_view m, bool priority) override {
    note(priority ? "priority send" : "send", from, to, m);
    return ready;
  }
  bool send(const pid& from, atom name, atom node, bytes_view m, bool priority) override {
    note(priority ? "priority reg_send" : "reg_send", from, name, node, m);
    return ready;
  }
  bool send(const pid& from, const reference& alias, bytes_view m, bool priority) override {
    note(priority ? "priority alias_send" : "alias_send", from, alias, m);
    return ready;
  }
  void link(const pid& from, const pid& to) override { note("link", from, to); }
  void unlink(std::uint64_t id, const pid& from, const pid& to) override {
    note("unlink_id", id, from, to);
  }
  void unlink_ack(std::uint64_t id, const pid& from, const pid& to) override {
    note("unlink_id_ack", id, from, to);
  }
  void exit(const pid& from, const pid& to, bytes_view reason) override {
    note("exit", from, to, reason);
  }
  void exit2(const pid& from, const pid& to, bytes_view reason, bool priority) override {
    note(priority ? "priority exit2" : "exit2", from, to, reason);
  }
  void exit2(const pid& from, const reference& alias, bytes_view reason, bool priority) override {
    note(priority ? "priority exit2" : "exit2", from, alias, reason);
  }
  void monitor(const pid& from, const pid& to, const reference& ref) override {
    note("monitor", from, to, ref);
  }
  void monitor(const pid& from, atom name, atom node, const reference& ref) override {
    note("monitor", from, name, node, ref);
  }
  void demonitor(const pid& from, const pid& to, const reference&) override {
    note("demonitor", from, to);
  }
  void demonitor(const pid& from, atom name, atom node, const reference&) override {
    note("demonitor", from, name, node);
  }
  void monitor_exit(const pid& watched, atom name, const pid& watcher, const reference&,
                    bytes_view reason) override {
    if (name == atom{}) {
      note("monitor_exit", watched, watcher, reason);
    } else {
      note("monitor_exit", name, watcher, reason);
    }
  }
  void spawn_request(const reference&, const pid& from, const pid&, atom node, const mfa_call& call,
                     bool link, bool monitor) override {
    note("spawn_request", from, node, call.module, call.function, call.arguments.view(), link,
         monitor);
  }
  void spawn_reply(const reference&, const pid& to, bool linked, bool monitored,
                   const pid& child) override {
    note("spawn_reply", to, linked, monitored, child);
  }
  void spawn_error(const reference&, const pid& to, atom reason) override {
    note("spawn_error", to, reason);
  }
  void group_leader(const pid& leader, const pid& to) override { note("group_leader", leader, to); }
  [[nodiscard]] std::vector<atom> visible_nodes() const override { return {}; }
  void reach(atom node) override { note("reach", node); }
  void connect(atom node, const pid&, const reference&) override { note("connect", node); }
  bool disconnect(atom node) override {
    note("disconnect", node);
    return true;
  }

 private:
  static std::string text(const pid& p) {
    return std::string(p.node.text().substr(0, p.node.text().find('@'))) + "." +
           std::to_string(p.id);
  }
  static std::string text(atom a) { return std::string(a.text()); }
  static std::string text(const reference&) { return "ref"; }
  static std::string text(std::uint64_t n) { return std::to_string(n); }
  static std::string text(bool b) { return b ? "true" : "false"; }
  static std::string text(bytes_view bare) {
    etf::reader r(bare);
    return etf::codec<term>::decode(r).to_string();
  }
  template <class... Parts> void note(const char* what, const Parts&... parts) {
    std::string line = what;
    ((line += " " + text(parts)), ...);
    signals.push_back(std::move(line));
  }
};

// The pids of `here@host` count from 1 in order of spawning; 1 is the root.
class test_shard {
 public:
  test_shard()
      : shard(atom("here@host"), creation, outside,
              [this](std::string_view line) { log.emplace_back(line); }) {
    runtime::process_state& first = shard.create({});
    shard.register_name(atom("init"), first);
    shard.start(first, [](process& self) -> task<> {
      for (;;) static_cast<void>(co_await self.receive<message>());
    }(first));
    root_ = &first;
    run();
  }

  process& root() { return *root_; }
  template <class F, class... Args> pid spawn(F body, Args... args) {
    return root_->spawn(std::move(body), std::move(args)...);
  }
  // Runs until nothing is runnable.
  void run() {
    while (shard.run(now, 100)) {}
  }
  void advance(duration by) {
    now += by;
    run();
  }
  [[nodiscard]] bool alive(const pid& p) { return shard.find(p) != nullptr; }

  static constexpr std::uint32_t creation = 77;
  recording_remote outside;
  std::vector<std::string> log;
  runtime::shard shard;
  runtime::timers::time_point now{};

 private:
  process* root_ = nullptr;
};

// A process of another node.
inline pid stranger(std::uint32_t id = 9) { return {atom("there@host"), id, 0, 5}; }

template <class T> byte_buffer bare(const T& value) { return detail::encode_bare(value); }

}  // namespace beamnode::test

// So that a failed check shows both traces.
template <class T> struct doctest::StringMaker<std::vector<T>> {
  static String convert(const std::vector<T>& all) {
    String text = "[";
    for (const T& one : all) text += String(text.size() == 1 ? "" : ", ") + toString(one);
    return text + "]";
  }
};
