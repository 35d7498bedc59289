// Sequential trace tokens: taken over with each message, sent with the next.
#include "support/test_shard.hpp"

#include <beamnode/etf/parse.hpp>

using namespace beamnode;
using namespace beamnode::test;

namespace {

using trace = std::vector<std::string>;
using traced = runtime::shard::traced;

byte_buffer token(std::string_view text) { return bare(etf::parse_term(text).value()); }

// A process that notes, for each message it gets, with which token it would send now.
struct observed {
  explicit observed(test_shard& on) : node(on) {
    watcher = node.spawn([this](process& self) -> task<> {
      for (;;) {
        const auto m = co_await self.receive<message>();
        static_cast<void>(m);
        const auto& state = runtime::state_of(self);
        if (!state.trace || !state.trace->has_token()) {
          seen.emplace_back("none");
          continue;
        }
        const byte_buffer next = runtime::trace_state(*state.trace).next(pid{});
        const auto read = runtime::trace_token::read(next).value();
        seen.push_back(read.label.to_string() + " " + std::to_string(read.serial) + " after " +
                       std::to_string(read.previous));
      }
    });
    node.run();
  }
  test_shard& node;
  pid watcher;
  trace seen;
};

}  // namespace

TEST_CASE("a message with a token makes its receiver send with it, one without takes it away") {
  test_shard node;
  observed at(node);
  const byte_buffer hello = bare(atom("hello"));
  {
    const traced with_token(node.shard, token("{1, label, 7, from, 3}"));
    node.shard.deliver(at.watcher, hello);
  }
  node.run();
  node.shard.deliver(at.watcher, hello);
  node.run();
  {
    // A serial that lies behind does not set the clock back.
    const traced with_token(node.shard, token("{1, other, 2, from, 1}"));
    node.shard.deliver(at.watcher, hello);
  }
  node.run();
  CHECK(at.seen == trace{"label 8 after 7", "none", "other 8 after 2"});
  CHECK(node.shard.trace_token().empty());
}

TEST_CASE("a token goes on through local sends and spawns") {
  test_shard node;
  observed at(node);
  node.shard.set_entry_point([&](process& self, atom, atom, message) -> task<> {
    self.send(at.watcher, atom("from the child"));
    co_return;
  });
  const pid middle = node.spawn([&](process& self) -> task<> {
    static_cast<void>(co_await self.receive<atom>());
    self.send(at.watcher, atom("from the middle"));
    co_await self.spawn("here@host", mfa("m", "f"));
  });
  node.run();
  {
    const traced with_token(node.shard, token("{1, label, 1, from, 0}"));
    node.shard.deliver(middle, bare(atom("go")));
  }
  node.run();
  CHECK(at.seen == trace{"label 3 after 2", "label 5 after 4"});
}

TEST_CASE("what is no token is none") {
  test_shard node;
  for (const char* text : {"[]", "{1, label, 7, from}", "{1, label, x, from, 3}", "7"}) {
    const traced with_token(node.shard, token(text));
    CHECK(node.shard.trace_token().empty());
  }
  const byte_buffer whole = token("{1, label, 7, from, 3}");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK_FALSE(runtime::trace_token::read(whole.view().first(cut)));
  }
}
