#pragma once
// Nodes in one thread, connected by pipes of memory: every byte that moves, every connection that
// is made or cut, every slice of a process that runs is a step that the test takes.

#include "net/carrier.hpp"
#include "runtime/shard.hpp"

#include <beamnode/handshake/flags.hpp>

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace beamnode::test {

class memory_cluster;

/// One end of a connection.
class memory_end final : public net::conversation {
 public:
  memory_end(atom peer, const handshake::peer& proven, owner& to, clock::time_point now)
      : conversation(peer, proven, {.flags = proven.flags}, std::size_t{256} * 1024, to, now) {}

  /// Up to `most` bytes leave.
  byte_buffer take_output(std::size_t most, clock::time_point now) {
    byte_buffer out;
    std::array<bytes_view, 8> pieces;
    const std::size_t count = channel_.output(pieces);
    for (std::size_t i = 0; i < count; ++i) {
      out.append(pieces.at(i).first(std::min(pieces.at(i).size(), most - out.size())));
    }
    channel_.written(out.size(), now);
    release_waiting();
    return out;
  }
  void arrive(bytes_view bytes, clock::time_point now) {
    while (!bytes.empty() && !closed_) {
      const auto room = channel_.prepare();
      const std::size_t count = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), count, room.begin());
      channel_.commit(count, now);
      bytes = bytes.subspan(count);
      if (!take_messages()) return;
    }
  }
  [[nodiscard]] bool has_bytes() const { return !closed_ && channel_.pending_output() != 0; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] const net::closing& why() const { return why_; }

  void close(const net::closing& why) override {
    if (closed_) return;
    closed_ = true;
    why_ = why;
    release_waiting();
    owner_.on_closed(*this, why);
  }

 private:
  void has_output() override {}
  net::closing why_;
};

class memory_node final : public net::carrier {
 public:
  memory_node(memory_cluster& cluster, const std::string& name, std::uint32_t creation)
      : carrier(std::size_t{64} << 20),
        home(atom(name), creation, *this,
             [this](std::string_view line) { log.emplace_back(line); }),
        cluster_(cluster) {
    attach(home);
    home.set_entry_point([this](process& self, atom, atom, message) { return entry(self); });
    runtime::process_state& first = home.create({});
    home.register_name(atom("init"), first);
    home.start(first, idle(first));
    root_ = &first;
  }

  static task<> idle(process& self) {
    for (;;) static_cast<void>(co_await self.receive<message>());
  }

  process& root() { return *root_; }
  [[nodiscard]] atom name() const { return home.node(); }

  void connect(atom node, const pid&, const reference&) override { dial_peer(node); }
  bool disconnect(atom node) override;

  // What the cluster calls.
  using carrier::connected;
  using carrier::not_connected;

  std::vector<std::string> log;
  runtime::shard home;
  /// The body of processes that other nodes spawn here.
  task<> (*entry)(process& self) = &idle;

 private:
  void dial_peer(atom node) override;
  void kick() override {}

  memory_cluster& cluster_;
  process* root_ = nullptr;
};

/// A connection: bytes in flight to either end, and whether it was cut behind them.
struct memory_pipe {
  std::array<memory_node*, 2> nodes{};
  std::array<std::shared_ptr<memory_end>, 2> ends;
  std::array<byte_buffer, 2> in_flight;  // towards that end
  bool is_cut = false;

  [[nodiscard]] bool is_over() const { return ends[0]->is_closed() && ends[1]->is_closed(); }
};

class memory_cluster {
 public:
  using clock = std::chrono::steady_clock;

  memory_node& add(const std::string& name, std::uint32_t creation = 7) {
    return *nodes_.emplace_back(std::make_unique<memory_node>(*this, name, creation));
  }
  [[nodiscard]] const std::vector<std::unique_ptr<memory_node>>& nodes() const { return nodes_; }
  [[nodiscard]] std::vector<std::unique_ptr<memory_pipe>>& pipes() { return pipes_; }
  [[nodiscard]] std::set<std::pair<memory_node*, memory_node*>>& dials() { return dials_; }

  void dial(memory_node& from, atom to) {
    for (const auto& node : nodes_) {
      if (node->name() != to || node.get() == &from) continue;
      dials_.insert({&from, node.get()});
      return;
    }
    from.not_connected(to);
  }

  /// An attempt succeeds: an older connection of the two ends first, on both sides.
  void establish(memory_node& a, memory_node& b) {
    dials_.erase({&a, &b});
    dials_.erase({&b, &a});
    for (auto& pipe : pipes_) {
      if ((pipe->nodes[0] == &a && pipe->nodes[1] == &b) ||
          (pipe->nodes[0] == &b && pipe->nodes[1] == &a)) {
        for (auto& end : pipe->ends) end->close({"connection_closed", ""});
      }
    }
    auto& pipe = *pipes_.emplace_back(std::make_unique<memory_pipe>());
    pipe.nodes = {&a, &b};
    for (const std::size_t i : {0U, 1U}) {
      memory_node& here = *pipe.nodes.at(i);
      const memory_node& there = *pipe.nodes.at(1 - i);
      const handshake::peer proven{
          .name = std::string(there.name().text()),
          .flags = (handshake::offered_now | handshake::flag::published) & ~withheld_flags,
          .creation = there.home.creation()};
      pipe.ends.at(i) = std::make_shared<memory_end>(there.name(), proven, here, now);
    }
    for (const std::size_t i : {0U, 1U}) pipe.nodes.at(i)->connected(*pipe.ends.at(i));
  }
  void fail(memory_node& a, memory_node& b) {
    dials_.erase({&a, &b});
    a.not_connected(b.name());
  }

  /// Bytes go from end `i` into the pipe.
  void leave(memory_pipe& pipe, std::size_t i, std::size_t most) {
    if (pipe.ends.at(i)->is_closed()) return;
    const byte_buffer out = pipe.ends.at(i)->take_output(most, now);
    if (!pipe.is_cut) pipe.in_flight.at(1 - i).append(out);
  }
  /// Bytes reach end `i`; where the pipe is cut, or the other end closed, its end is seen behind.
  void arrive(memory_pipe& pipe, std::size_t i, std::size_t most) {
    byte_buffer& waiting = pipe.in_flight.at(i);
    if (pipe.ends.at(i)->is_closed()) return waiting.clear();
    const byte_buffer some(waiting.view().first(std::min(most, waiting.size())));
    waiting.remove_front(some.size());
    pipe.ends.at(i)->arrive(some, now);
    const bool other_closed = pipe.ends.at(1 - i)->is_closed();
    if (waiting.empty() && (pipe.is_cut || other_closed)) {
      pipe.ends.at(i)->close({"connection_closed", ""});
    }
  }
  /// Nothing more passes, and only the first `kept` bytes of what is under way arrive.
  static void cut(memory_pipe& pipe, std::size_t kept) {
    pipe.is_cut = true;
    for (byte_buffer& bytes : pipe.in_flight) bytes.truncate(std::min(kept, bytes.size()));
  }

  bool run(memory_node& node, std::size_t slices = 1000) { return node.home.run(now, slices); }

  /// Everything that can happen happens, in order; true when something did.
  bool settle_once() {
    bool moved = false;
    while (!dials_.empty()) {
      const auto [a, b] = *dials_.begin();
      establish(*a, *b);
      moved = true;
    }
    for (const auto& node : nodes_) {
      while (run(*node)) {}
    }
    for (std::size_t p = 0; p < pipes_.size(); ++p) {
      memory_pipe& pipe = *pipes_[p];
      for (const std::size_t i : {0U, 1U}) {
        moved = moved || pipe.ends.at(i)->has_bytes() || !pipe.in_flight.at(i).empty();
        leave(pipe, i, SIZE_MAX);
      }
      for (const std::size_t i : {0U, 1U}) {
        const bool was_closed = pipe.ends.at(i)->is_closed();
        arrive(pipe, i, SIZE_MAX);
        moved = moved || was_closed != pipe.ends.at(i)->is_closed();
      }
    }
    std::erase_if(pipes_, [](const auto& pipe) { return pipe->is_over(); });
    return moved;
  }
  void settle() {
    // Quiet once may be just before something that a process has begun.
    for (int round = 0, quiet = 0; quiet < 3; ++round) {
      REQUIRE(round < 10'000);
      quiet = settle_once() ? 0 : quiet + 1;
    }
  }

  clock::time_point now{};
  /// Not agreed on by connections that are made from now on.
  std::uint64_t withheld_flags = 0;

 private:
  std::vector<std::unique_ptr<memory_node>> nodes_;
  std::vector<std::unique_ptr<memory_pipe>> pipes_;
  std::set<std::pair<memory_node*, memory_node*>> dials_;
};

inline void memory_node::dial_peer(atom node) { cluster_.dial(*this, node); }

inline bool memory_node::disconnect(atom node) {
  for (const auto& pipe : cluster_.pipes()) {
    for (const std::size_t i : {0U, 1U}) {
      if (pipe->nodes.at(i) != this || pipe->ends.at(i)->peer() != node) continue;
      if (pipe->ends.at(i)->is_closed()) continue;
      pipe->ends.at(i)->close({"disconnect", ""});
      return true;
    }
  }
  return false;
}

}  // namespace beamnode::test
