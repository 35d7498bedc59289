#pragma once
/// A scripted peer for the sans-io machines: one description of a conversation, replayed in every
/// way a network can deliver it.
///
///   script<initiator>()
///       .expect_written(bytes_of(...))                     // exactly this, and all of it
///       .peer_sends("0003 736f6b"_hex)                     // must be accepted
///       .act([](initiator& m) { m.decide(...); })
///       .expect([](const initiator& m) { CHECK(m.status() == phase::done); })
///       .check([] { return initiator(...); });
///
/// check() runs the script on a fresh machine
///   - whole; byte by byte (also writing byte by byte);
///   - once per split point of each input: the first k bytes, then the rest;
///   - once per step, and once inside every input and output, with the transport failing there:
///     closed() is called, and the machine must end in a typed failure.
/// It also proves that feed() never claims more bytes than it was given and never loops, and that a
/// failed machine writes nothing more.
///
/// M needs: feed(bytes_view) -> basic_result<std::size_t, E>, output() -> bytes_view, written(n),
/// closed(). How to tell that it failed or finished: see script_traits.

#include "support/hex.hpp"

#include <beamnode/etf/bytes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace beamnode::test {

/// Specialise for a machine that says it otherwise.
template <class M> struct script_traits {
  /// A typed failure: failure().code() (or failure() itself) that is not its type's zero value.
  static bool failed(const M& machine) {
    if constexpr (requires { machine.failure().code(); }) {
      using code = std::remove_cvref_t<decltype(machine.failure().code())>;
      return machine.failure().code() != code{};
    } else {
      using code = std::remove_cvref_t<decltype(machine.failure())>;
      return machine.failure() != code{};
    }
  }
  /// Nothing more is owed: a transport that fails now fails nobody.
  static bool finished(const M& machine) {
    if constexpr (requires { std::remove_cvref_t<decltype(machine.status())>::done; }) {
      return machine.status() == std::remove_cvref_t<decltype(machine.status())>::done;
    } else {
      return false;
    }
  }
};

template <class M, class Traits = script_traits<M>> class script {
 public:
  /// The peer's bytes; the machine must not refuse them. What it does not consume at once is
  /// offered again, with what follows, after every further step.
  script& peer_sends(byte_string bytes) { return add(input{std::move(bytes), false}); }
  /// The machine must refuse these bytes, at the latest at their last one.
  script& peer_sends_refused(byte_string bytes) { return add(input{std::move(bytes), true}); }
  /// The peer closes; what that means to this machine is for a following expect() to say.
  script& peer_closes() { return add(close{}); }
  /// Everything the machine has to write now.
  script& expect_written(byte_string bytes) { return add(output{std::move(bytes)}); }
  script& act(std::function<void(M&)> action) { return add(action_step{std::move(action)}); }
  script& expect(std::function<void(const M&)> look) { return add(look_step{std::move(look)}); }
  /// What the peer sent and the machine left alone, e.g. bytes that belong to its successor.
  script& expect_leftover(byte_string bytes) { return add(leftover{std::move(bytes)}); }
  /// From this step on a close need not be a failure (replies that end by close, say).
  script& closing_is_fine() {
    closing_is_fine_from_ = std::min(closing_is_fine_from_, steps_.size());
    return *this;
  }

  template <class MakeMachine> void check(MakeMachine make) const {
    run(make, "whole", {});
    run(make, "byte by byte", {.chunk = 1});
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::size_t size = size_of(steps_[i]);
      for (std::size_t k = 1; k < size; ++k) {
        if (std::holds_alternative<input>(steps_[i])) run(make, "split", {.split = {{i, k}}});
        run(make, "transport fails inside", {.fail = {{i, k}}});
      }
      run(make, "transport fails before", {.fail = {{i, 0}}});
    }
  }

 private:
  struct input {
    byte_string bytes;
    bool refused;
  };
  struct output {
    byte_string bytes;
  };
  struct leftover {
    byte_string bytes;
  };
  struct close {};
  struct action_step {
    std::function<void(M&)> run;
  };
  struct look_step {
    std::function<void(const M&)> run;
  };
  using step = std::variant<input, output, leftover, close, action_step, look_step>;

  struct place {
    std::size_t step, offset;
  };
  struct mode {
    std::size_t chunk = 0;  // bytes at a time; 0: all at once
    std::optional<place> split{};
    std::optional<place> fail{};
  };

  // One run: the machine and what lies between it and the peer.
  struct session {
    M& machine;
    mode how;
    byte_string pending{};  // received, not consumed
    bool refused = false;
    bool leftover_seen = false;

    void pump() {
      std::size_t rounds = 0;
      while (!refused && !pending.empty()) {
        REQUIRE_MESSAGE(++rounds < 100'000, "feed() goes on for ever");
        const auto used = machine.feed(pending);
        if (!used) {
          refused = true;
          return;
        }
        REQUIRE_MESSAGE(*used <= pending.size(), "feed() used more than it was given");
        if (*used == 0) return;
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(*used));
      }
    }
    void receive(etf::bytes_view bytes) {
      while (!bytes.empty() && !refused) {
        const auto now = how.chunk == 0 ? bytes.size() : std::min(how.chunk, bytes.size());
        pending.insert(pending.end(), bytes.begin(),
                       bytes.begin() + static_cast<std::ptrdiff_t>(now));
        bytes = bytes.subspan(now);
        pump();
      }
    }
    byte_string drain(std::size_t limit) {
      byte_string drained;
      std::size_t rounds = 0;
      while (drained.size() < limit && !machine.output().empty()) {
        REQUIRE_MESSAGE(++rounds < 10'000'000, "output() goes on for ever");
        auto bytes = machine.output();
        auto now = std::min(bytes.size(), limit - drained.size());
        if (how.chunk != 0) now = std::min(now, how.chunk);
        detail::append(drained, bytes.first(now));
        machine.written(now);
      }
      return drained;
    }
    // The transport is gone: the machine must say so and want nothing of it any more.
    void fail(bool failure_is_due) {
      const bool was_over = Traits::finished(machine) || Traits::failed(machine);
      machine.closed();
      if (failure_is_due && !was_over) {
        CHECK_MESSAGE(Traits::failed(machine), "closed() must end in a typed failure");
      }
      CHECK((Traits::failed(machine) || Traits::finished(machine) || !failure_is_due));
      if (Traits::failed(machine)) {
        CHECK_MESSAGE(machine.output().empty(), "a failed machine writes nothing");
        const byte_string more(8, 0);
        const auto used = machine.feed(more);
        CHECK_MESSAGE((!used || *used <= more.size()), "feed() used more than it was given");
      }
      machine.closed();  // twice is no worse than once
    }
  };

  script& add(step next) {
    steps_.push_back(std::move(next));
    return *this;
  }

  static std::size_t size_of(const step& s) {
    if (const auto* in = std::get_if<input>(&s)) return in->bytes.size();
    if (const auto* out = std::get_if<output>(&s)) return out->bytes.size();
    return 0;
  }

  static std::string name_of(const step& s) {
    if (const auto* in = std::get_if<input>(&s)) return "peer_sends " + to_hex(in->bytes);
    if (const auto* out = std::get_if<output>(&s)) return "expect_written " + to_hex(out->bytes);
    if (const auto* left = std::get_if<leftover>(&s))
      return "expect_leftover " + to_hex(left->bytes);
    if (std::holds_alternative<close>(s)) return "peer_closes";
    return std::holds_alternative<action_step>(s) ? "act" : "expect";
  }

  template <class MakeMachine> void run(MakeMachine& make, const char* title, mode how) const {
    M machine = make();
    session s{machine, how};
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto at = how.fail ? how.fail : how.split;
      INFO(title, at ? " step " + std::to_string(at->step) + " byte " + std::to_string(at->offset)
                     : std::string());
      INFO("in step ", i, ": ", name_of(steps_[i]));
      const bool last = how.fail && how.fail->step == i;
      if (last && how.fail->offset == 0) return s.fail(i < closing_is_fine_from_);
      std::visit([&](const auto& now) { perform(s, i, now); }, steps_[i]);
      if (last) return s.fail(i < closing_is_fine_from_);
      s.pump();
    }
    INFO(title, ": at the end of the script");
    CHECK_MESSAGE(to_hex(machine.output()) == "", "written, but not expected");
    if (!s.refused && !s.leftover_seen) {
      CHECK_MESSAGE(to_hex(s.pending) == "", "sent by the peer, but never consumed");
    }
  }

  void perform(session& s, std::size_t i, const input& in) const {
    etf::bytes_view bytes = in.bytes;
    if (s.how.fail && s.how.fail->step == i) {
      return s.receive(bytes.first(s.how.fail->offset));
    }
    if (s.how.split && s.how.split->step == i) {
      s.receive(bytes.first(s.how.split->offset));
      bytes = bytes.subspan(s.how.split->offset);
    }
    s.receive(bytes);
    if (in.refused) {
      CHECK_MESSAGE(s.refused, "the machine must refuse these bytes");
      CHECK_MESSAGE(Traits::failed(s.machine), "a refusal must leave a typed failure behind");
    } else {
      CHECK_MESSAGE(!s.refused, "the machine refused these bytes");
    }
  }
  void perform(session& s, std::size_t i, const output& out) const {
    if (s.how.fail && s.how.fail->step == i) {
      s.drain(s.how.fail->offset);
      return;
    }
    CHECK(to_hex(s.drain(static_cast<std::size_t>(-1))) == to_hex(out.bytes));
  }
  void perform(session& s, std::size_t, const leftover& left) const {
    s.leftover_seen = true;
    CHECK(to_hex(s.pending) == to_hex(left.bytes));
  }
  void perform(session& s, std::size_t, const close&) const { s.machine.closed(); }
  void perform(session& s, std::size_t, const action_step& now) const { now.run(s.machine); }
  void perform(session& s, std::size_t, const look_step& now) const { now.run(s.machine); }

  std::vector<step> steps_;
  std::size_t closing_is_fine_from_ = static_cast<std::size_t>(-1);
};

}  // namespace beamnode::test
