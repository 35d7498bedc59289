#pragma once
// Runs a process that writes down what it sees.

#include "support/test_shard.hpp"

#include <string>
#include <vector>

namespace beamnode::test {

using trace = std::vector<std::string>;

/// Runs `body(self, trace)` as a process for twenty seconds of the shard's time.
template <class F> trace run_traced(test_shard& node, F body) {
  trace seen;
  node.spawn([&](process& self) -> task<> { co_await body(self, seen); });
  node.run();
  for (int i = 0; i < 20; ++i) node.advance(std::chrono::seconds(1));
  return seen;
}

}  // namespace beamnode::test
