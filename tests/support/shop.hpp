#pragma once
// Supervisors whose children write down when they start and end.

#include <beamnode/node/supervisor.hpp>

#include "support/test_shard.hpp"

#include <map>
#include <string>
#include <vector>

namespace beamnode::test {

using trace = std::vector<std::string>;

struct shop {
  trace seen;
  std::map<std::string, pid> now;  // by the letter of each child
  test_shard node;                 // last: its processes write into the others until they end

  // A child that writes down when it starts and ends, and ends as it is told.
  auto worker() {
    return [this](process& self, std::string letter) -> task<> {
      struct ending {
        shop& s;
        std::string letter;
        ending(shop& s_, std::string letter_) : s(s_), letter(std::move(letter_)) {}
        ending(const ending&) = delete;
        ~ending() { s.seen.push_back("-" + letter); }
      };
      seen.push_back("+" + letter);
      now[letter] = self.pid();
      const ending note(*this, letter);
      const term reason = co_await self.receive<term>();
      throw exit_with(reason);
    };
  }
  child_spec make(std::string_view letter, restart_type restart = permanent) {
    return child({.id = letter, .restart = restart}, worker(), std::string(letter));
  }
  // Spawns it and forgets what was traced until it stands.
  pid start(const supervisor& s) {
    const pid who = node.spawn(s);
    node.run();
    seen.clear();
    return who;
  }
  template <class T> void tell(const std::string& letter, const T& message) {
    node.root().send(now.at(letter), message);
    node.run();
  }
  // What `sup` answers.
  template <class Request> std::string ask(const pid& sup, const Request& request) {
    std::string answer = "none";
    node.spawn([&, request](process& self) -> task<> {
      const call_result<term> got = co_await self.try_call<term>(sup, request);
      answer = got ? got->to_string() : "failed: " + got.error().reason[0].to_string();
    });
    node.run();
    return answer;
  }
  std::string reason_of(const supervisor& s) {
    std::string reason = "none";
    node.spawn([&](process& self) -> task<> {
      const auto [who, ref] = self.spawn_monitor(s);
      reason = (co_await self.receive_down(ref)).reason.to_string();
    });
    node.run();
    return reason;
  }
  std::string text(const std::string& letter) { return term::from(now.at(letter)).to_string(); }
};

}  // namespace beamnode::test
