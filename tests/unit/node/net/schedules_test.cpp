// Two nodes over pipes of memory: processes link, unlink, monitor, send and end in random
// schedules, in which every byte, every connection and every slice is a step of its own. Whatever
// the schedule, both sides must agree in the end, and nobody may be told what cannot be.
#include "support/memory_cluster.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <unordered_map>

using namespace beamnode;
using namespace beamnode::test;

namespace {

/// Schedules of each kind; a failing one says its seed.
std::uint64_t schedules() {
  const char* const wanted = std::getenv("BEAMNODE_SCHEDULES");
  return wanted == nullptr ? 2500 : std::strtoull(wanted, nullptr, 10);
}

using numbered = std::tuple<etf::literal<"number">, pid, std::uint64_t>;
using numbered_large = std::tuple<etf::literal<"large">, pid, std::uint64_t, std::string>;

/// A process that does what the schedule wants, and checks what it is told.
struct actor {
  memory_node* home = nullptr;
  pid who;
  process* self = nullptr;
  bool only_we_link = false;                    // nobody but this process makes and ends its links
  std::unordered_map<pid, bool> linked;         // as this process believes
  std::unordered_map<reference, pid> watching;  // monitors that have not fired
  std::unordered_map<pid, std::uint64_t> heard;
  std::unordered_map<pid, std::uint64_t> told;
  bool gaps_allowed = false;
  std::string wrong;

  std::unordered_map<pid, int> late;  // exit signals in the mailbox, of links that are over
  std::deque<std::function<void()>> orders;

  void on_exit(const exit_signal& e) {
    if (late[e.from] > 0) {
      --late[e.from];
      return;
    }
    if (only_we_link && !linked[e.from]) wrong = "an exit signal of a link that is not there";
    linked[e.from] = false;
  }
  void on_down(const down& d) {
    if (watching.erase(d.ref) == 0) wrong = "a DOWN of a monitor that is not there";
  }
  void on_number(const pid& from, std::uint64_t number) {
    std::uint64_t& last = heard[from];
    if (number <= last) wrong = "a message came late or twice";
    if (number != last + 1 && !gaps_allowed) wrong = "a message was lost";
    last = number;
  }
  void link(const pid& other) {
    count_late(other);
    linked[other] = true;
    self->link(other);
  }
  void unlink(const pid& other) {
    self->unlink(other);
    linked[other] = false;
    count_late(other);
  }
  /// What is in the mailbox already stays there, and is of a link before.
  void count_late(const pid& other) {
    late[other] = 0;
    runtime::mailbox& inbox = runtime::state_of(*self).inbox;
    inbox.rewind();
    for (; runtime::envelope* const e = inbox.peek(); inbox.pass()) {
      const message m = message::copy_of(e->view(), {e->atoms(), e->atom_count});
      if (const auto signal = m.as<exit_signal>(); signal && signal->from == other) ++late[other];
    }
  }
};

/// Does what it is ordered, in its turn: as user code would, never from outside.
task<> act(process& self, actor* me) {
  me->self = &self;
  self.trap_exit(true);
  for (;;) {
    const message m = co_await self.receive<message>();
    if (m.as<etf::literal<"act">>()) {
      me->orders.front()();
      me->orders.pop_front();
    } else if (const auto e = m.as<exit_signal>()) {
      me->on_exit(*e);
    } else if (const auto d = m.as<down>()) {
      me->on_down(*d);
    } else if (const auto n = m.as<numbered>()) {
      me->on_number(std::get<1>(*n), std::get<2>(*n));
    } else if (const auto large = m.as<numbered_large>()) {
      me->on_number(std::get<1>(*large), std::get<2>(*large));
    } else {
      me->wrong = "an unexpected message";
    }
  }
}

struct rules {
  bool both_sides_act = false;
  bool cuts = false;
  bool only_two = false;  // one process on each side, who do nothing but link and unlink
};

class schedule {
 public:
  schedule(std::uint64_t seed, rules wanted) : rules_(wanted), random_(seed) {
    left_ = &cluster_.add("left@host", 11);
    right_ = &cluster_.add("right@host", 12);
    for (int i = 0; i < (rules_.only_two ? 1 : 2); ++i) add(*left_);
    for (int i = 0; i < (rules_.only_two ? 1 : 3); ++i) add(*right_);
    for (const auto& node : cluster_.nodes()) cluster_.run(*node);
  }

  std::string run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    cluster_.settle();
    for (const auto& one : actors_) check(*one);
    for (const auto& node : cluster_.nodes()) check_orphans(*node);
    return verdict_;
  }

 private:
  void add(memory_node& node) {
    actor& made = *actors_.emplace_back(std::make_unique<actor>());
    made.home = &node;
    made.only_we_link = !rules_.both_sides_act && &node == left_;
    made.gaps_allowed = rules_.cuts;
    made.who = node.root().spawn(&act, &made);
  }
  bool alive(const actor& one) { return one.home->home.find(one.who) != nullptr; }
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  template <class All> auto& any(All& all) {
    return *std::next(all.begin(), static_cast<std::ptrdiff_t>(below(all.size())));
  }

  void step() {
    const std::size_t dice = below(100);
    if (dice < 35) return process_acts();
    if (dice < 50) {
      cluster_.run(*any(cluster_.nodes()), 1 + below(3));
    } else if (dice < 55) {
      dial_ends();
    } else if (!cluster_.pipes().empty()) {
      memory_pipe& pipe = *any(cluster_.pipes());
      const std::size_t most = below(4) == 0 ? SIZE_MAX : 1 + below(60);
      if (rules_.cuts && below(60) == 0) {
        memory_cluster::cut(pipe, below(100));
      } else if (below(2) == 0) {
        cluster_.leave(pipe, below(2), most);
      } else {
        cluster_.arrive(pipe, below(2), most);
      }
    }
  }

  void dial_ends() {
    if (cluster_.dials().empty()) return;
    const auto [a, b] = any(cluster_.dials());
    if (rules_.cuts && below(5) == 0) {
      cluster_.fail(*a, *b);
    } else {
      cluster_.establish(*a, *b);
    }
  }

  void process_acts() {
    actor& one = *any(actors_);
    actor& other = *any(actors_);
    if (!alive(one) || one.self == nullptr || one.home == other.home) return;
    if (!rules_.both_sides_act && one.home != left_) {
      if (below(40) == 0) end(one);
      return;
    }
    one.orders.emplace_back(order(one, other));
    one.home->root().send(one.who, atom("act"));
  }

  std::function<void()> order(actor& one, actor& other) {
    const pid to = other.who;
    const std::size_t dice = below(rules_.only_two ? 6 : 14);
    if (dice < 3) {
      return [&one, to] { one.link(to); };
    }
    if (dice < 6) {
      return [&one, to] { one.unlink(to); };
    }
    if (dice < 8) {
      return [&one, to] { one.watching[one.self->monitor(to)] = to; };
    }
    if (dice == 8) {
      return [&one] {
        if (one.watching.empty()) return;
        one.self->demonitor(one.watching.begin()->first);
        one.watching.erase(one.watching.begin());
      };
    }
    if (dice < 12) {
      const bool with_large = below(30) == 0;  // in fragments: the order must hold all the same
      const std::size_t size = below(20) == 0 ? 1'500'000 : 100'000;
      return [&one, to, with_large, size] {
        if (with_large) {
          one.self->send(to, numbered_large({}, one.who, ++one.told[to], std::string(size, 'x')));
        }
        one.self->send(to, numbered({}, one.who, ++one.told[to]));
      };
    }
    const bool kill = below(10) == 0;
    return [this, &one, to, kill, by_other = dice == 12] {
      if (kill && by_other) one.self->exit(to, atom("kill"));
      if (kill && !by_other && rules_.both_sides_act) end(one);
    };
  }

  void end(actor& one) { one.home->root().exit(one.who, atom("kill")); }

  void fail(const actor& one, const std::string& why) {
    if (verdict_.empty()) verdict_ = std::string(one.who.node.text()) + ": " + why;
  }

  runtime::relations* ties_of(const actor& one) {
    runtime::process_state* const p = one.home->home.find(one.who);
    return p == nullptr ? nullptr : p->ties_or_null();
  }
  bool has_link(const actor& one, const actor& other) {
    runtime::relations* const ties = ties_of(one);
    if (ties == nullptr) return false;
    const auto found = ties->links.find(other.who);
    if (found != ties->links.end() && !found->second.active) {
      fail(one, "an unlink was never acknowledged");
    }
    return found != ties->links.end();
  }

  void check(actor& one) {
    if (!one.wrong.empty()) fail(one, one.wrong);
    if (!alive(one)) return;
    for (const auto& other : actors_) {
      if (other->home == one.home) continue;
      const bool linked = has_link(one, *other);
      if (linked != has_link(*other, one)) fail(one, "the two ends of a link disagree");
      if (linked && !alive(*other)) fail(one, "linked to a process that has ended");
      if (one.only_we_link && one.linked[other->who] != linked) {
        fail(one, linked ? "a link that was undone" : "a link was lost without a signal");
      }
    }
    for (const auto& [ref, target] : one.watching) {
      for (const auto& other : actors_) {
        if (other->who != target) continue;
        runtime::relations* const ties = ties_of(*other);
        if (ties == nullptr || !ties->watched_by.contains(ref)) {
          fail(one, "a monitor was lost without a DOWN");
        }
      }
    }
    runtime::relations* const ties = ties_of(one);
    if (ties != nullptr && ties->monitoring.size() != one.watching.size()) {
      fail(one, "monitors of which it knows nothing");
    }
  }

  /// Nothing may be left of relations with processes that have ended.
  void check_orphans(memory_node& node) {
    for (const auto& one : actors_) {
      if (one->home != &node || !alive(*one)) continue;
      runtime::relations* const ties = ties_of(*one);
      if (ties == nullptr) continue;
      for (const auto& [ref, watcher] : ties->watched_by) {
        for (const auto& other : actors_) {
          if (other->who == watcher.pid && !alive(*other)) fail(*one, "watched by the dead");
          if (other->who == watcher.pid && alive(*other) && !other->watching.contains(ref)) {
            fail(*one, "watched by one who does not know it");
          }
        }
      }
    }
  }

  rules rules_;
  std::mt19937_64 random_;
  memory_cluster cluster_;
  memory_node* left_;
  memory_node* right_;
  std::vector<std::unique_ptr<actor>> actors_;
  std::string verdict_;
};

void explore(rules wanted) {
  for (std::uint64_t seed = 1; seed <= schedules(); ++seed) {
    CAPTURE(seed);
    const std::string verdict = schedule(seed, wanted).run(150);
    REQUIRE(verdict == "");
  }
}

}  // namespace

TEST_CASE("random schedules: one side links, the other ends") { explore({}); }

TEST_CASE("random schedules: both sides link, unlink, monitor and end each other") {
  explore({.both_sides_act = true});
}

TEST_CASE("random schedules: two processes link and unlink each other in a hurry") {
  explore({.both_sides_act = true, .only_two = true});
}

TEST_CASE("random schedules: connections are cut at any byte, and made again") {
  explore({.cuts = true});
}

TEST_CASE("random schedules: both sides act while connections come and go") {
  explore({.both_sides_act = true, .cuts = true});
}
