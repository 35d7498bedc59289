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
#include <type_traits>
#include <utility>
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
  script& peer_sends(byte_string bytes) { return add({kind::input, std::move(bytes)}); }
  /// The machine must refuse these bytes, at the latest at their last one.
  script& peer_sends_refused(byte_string bytes) {
    return add({kind::refused_input, std::move(bytes)});
  }
  /// The peer closes; what that means to this machine is for a following expect() to say.
  script& peer_closes() { return add({kind::close}); }
  /// Everything the machine has to write now.
  script& expect_written(byte_string bytes) { return add({kind::output, std::move(bytes)}); }
  script& act(std::function<void(M&)> action) { return add({kind::act, {}, std::move(action)}); }
  script& expect(std::function<void(const M&)> look) {
    return add({kind::look, {}, {}, std::move(look)});
  }
  /// What the peer sent and the machine left alone, e.g. bytes that belong to its successor.
  script& expect_leftover(byte_string bytes) { return add({kind::leftover, std::move(bytes)}); }
  /// From this step on a close need not be a failure (replies that end by close, say).
  script& closing_is_fine() {
    closing_is_fine_from_ = std::min(closing_is_fine_from_, steps_.size());
    return *this;
  }

  template <class MakeMachine> void check(MakeMachine make) const {
    run(make, "whole", {});
    run(make, "byte by byte", {.chunk = 1});
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::size_t size = is_transfer(steps_[i]) ? steps_[i].bytes.size() : 0;
      for (std::size_t k = 1; k < size; ++k) {
        if (is_input(steps_[i])) run(make, "split", {.split = {{i, k}}});
        run(make, "transport fails inside", {.fail = {{i, k}}});
      }
      run(make, "transport fails before", {.fail = {{i, 0}}});
    }
  }

 private:
  enum class kind { input, refused_input, output, leftover, close, act, look };
  // Not a variant: with functions in it, g++ 12 warns of uninitialised members that nobody reads.
  struct step {
    kind what;
    byte_string bytes{};
    std::function<void(M&)> act{};
    std::function<void(const M&)> look{};
  };

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

  static bool is_input(const step& s) {
    return s.what == kind::input || s.what == kind::refused_input;
  }
  static bool is_transfer(const step& s) { return is_input(s) || s.what == kind::output; }

  static std::string name_of(const step& s) {
    switch (s.what) {
      case kind::input: return "peer_sends " + to_hex(s.bytes);
      case kind::refused_input: return "peer_sends_refused " + to_hex(s.bytes);
      case kind::output: return "expect_written " + to_hex(s.bytes);
      case kind::leftover: return "expect_leftover " + to_hex(s.bytes);
      case kind::close: return "peer_closes";
      case kind::act: return "act";
      case kind::look: return "expect";
    }
    return "?";
  }

  template <class MakeMachine> void run(MakeMachine& make, const char* title, mode how) const {
    M machine = make();
    session s{machine, how};
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto at = how.fail ? how.fail : how.split;
      INFO(std::string(title),
           at ? " step " + std::to_string(at->step) + " byte " + std::to_string(at->offset)
              : std::string());
      INFO("in step ", i, ": ", name_of(steps_[i]));
      const bool last = how.fail && how.fail->step == i;
      if (last && how.fail->offset == 0) return s.fail(i < closing_is_fine_from_);
      perform(s, i);
      if (last) return s.fail(i < closing_is_fine_from_);
      s.pump();
    }
    INFO(std::string(title), ": at the end of the script");
    CHECK_MESSAGE(to_hex(machine.output()) == "", "written, but not expected");
    if (!s.refused && !s.leftover_seen) {
      CHECK_MESSAGE(to_hex(s.pending) == "", "sent by the peer, but never consumed");
    }
  }

  void perform(session& s, std::size_t i) const {
    const step& now = steps_[i];
    switch (now.what) {
      case kind::input:
      case kind::refused_input: return receive(s, i);
      case kind::output: return write(s, i);
      case kind::leftover:
        s.leftover_seen = true;
        CHECK(to_hex(s.pending) == to_hex(now.bytes));
        return;
      case kind::close: return s.machine.closed();
      case kind::act: return now.act(s.machine);
      case kind::look: return now.look(s.machine);
    }
  }
  void receive(session& s, std::size_t i) const {
    etf::bytes_view bytes = steps_[i].bytes;
    if (s.how.fail && s.how.fail->step == i) return s.receive(bytes.first(s.how.fail->offset));
    if (s.how.split && s.how.split->step == i) {
      s.receive(bytes.first(s.how.split->offset));
      bytes = bytes.subspan(s.how.split->offset);
    }
    s.receive(bytes);
    if (steps_[i].what == kind::refused_input) {
      CHECK_MESSAGE(s.refused, "the machine must refuse these bytes");
      CHECK_MESSAGE(Traits::failed(s.machine), "a refusal must leave a typed failure behind");
    } else {
      CHECK_MESSAGE(!s.refused, "the machine refused these bytes");
    }
  }
  void write(session& s, std::size_t i) const {
    if (s.how.fail && s.how.fail->step == i) {
      s.drain(s.how.fail->offset);
    } else {
      CHECK(to_hex(s.drain(static_cast<std::size_t>(-1))) == to_hex(steps_[i].bytes));
    }
  }

  std::vector<step> steps_;
  std::size_t closing_is_fine_from_ = static_cast<std::size_t>(-1);
};

}  // namespace beamnode::test
