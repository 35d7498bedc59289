#include <beamnode/handshake/decision.hpp>

#include <doctest/doctest.h>

namespace beamnode::handshake {

TEST_CASE("of two crossing attempts the one of the greater name lives") {
  using enum outgoing_attempt;
  CHECK(decide_simultaneous("p@h", "zzz@h", started).kind == decision::ok_simultaneous);
  CHECK(decide_simultaneous("p@h", "aaa@h", started).kind == decision::nok);
  CHECK(decide_simultaneous("p@h", "p@g", started).kind == decision::nok);
}

TEST_CASE("exactly one of two nodes that dial each other gives way") {
  const auto one = decide_simultaneous("a@h", "b@h", outgoing_attempt::started).kind;
  const auto other = decide_simultaneous("b@h", "a@h", outgoing_attempt::started).kind;
  CHECK(one == decision::ok_simultaneous);
  CHECK(other == decision::nok);
}

TEST_CASE("an attempt that has not started yields to whoever comes") {
  CHECK(decide_simultaneous("p@h", "aaa@h", outgoing_attempt::not_started).kind ==
        decision::ok_simultaneous);
}

TEST_CASE("without an attempt of ours there is nothing to break") {
  CHECK(decide_simultaneous("p@h", "aaa@h", outgoing_attempt::none).kind == decision::ok);
  CHECK(decide_simultaneous("p@h", "zzz@h", outgoing_attempt::none).kind == decision::ok);
}

TEST_CASE("a node that claims our own name is turned away") {
  for (const auto attempt :
       {outgoing_attempt::none, outgoing_attempt::not_started, outgoing_attempt::started}) {
    CHECK(decide_simultaneous("p@h", "p@h", attempt).kind == decision::nok);
  }
}

TEST_CASE("names are compared as bytes, not as signed characters") {
  CHECK(decide_simultaneous("z@h", "\xC3\xA9@h", outgoing_attempt::started).kind ==
        decision::ok_simultaneous);
}

}  // namespace beamnode::handshake
