#include "runtime/mailbox.hpp"

#include <beamnode/node/rpc.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace beamnode;
using runtime::mailbox;

namespace {

void push(mailbox& box, std::uint8_t value) {
  const std::uint8_t bytes[] = {97, value};
  box.push(runtime::envelope::make(bytes, {}));
}

void push_priority(mailbox& box, std::uint8_t value) {
  const std::uint8_t bytes[] = {97, value};
  box.push_priority(runtime::envelope::make(bytes, {}));
}

int value_of(runtime::envelope* e) { return e == nullptr ? -1 : e->view()[1]; }

std::vector<int> drain(mailbox& box) {
  std::vector<int> values;
  box.rewind();
  while (box.peek() != nullptr) values.push_back(value_of(box.take().get()));
  return values;
}

}  // namespace

TEST_CASE("messages leave a mailbox in the order they came") {
  mailbox box;
  for (std::uint8_t i = 0; i < 5; ++i) push(box, i);
  CHECK(box.size() == 5);
  CHECK(drain(box) == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(box.size() == 0);
}

TEST_CASE("what a receive passes over stays, and is not looked at again by it") {
  mailbox box;
  for (std::uint8_t i = 0; i < 3; ++i) push(box, i);
  box.rewind();
  box.pass();
  box.pass();
  CHECK(value_of(box.take().get()) == 2);
  CHECK(box.peek() == nullptr);
  push(box, 3);
  CHECK(value_of(box.peek()) == 3);
  CHECK(drain(box) == std::vector<int>{0, 1, 3});
}

TEST_CASE("taking the newest message leaves the end in order") {
  mailbox box;
  push(box, 0);
  push(box, 1);
  box.rewind();
  box.pass();
  CHECK(value_of(box.take().get()) == 1);
  push(box, 2);
  CHECK(drain(box) == std::vector<int>{0, 2});
  push(box, 4);
  CHECK(drain(box) == std::vector<int>{4});
}

TEST_CASE("a receive for an answer starts behind what is there") {
  mailbox box;
  push(box, 0);
  push(box, 1);
  box.rewind_to_end();
  CHECK(box.peek() == nullptr);
  push(box, 2);
  CHECK(value_of(box.take().get()) == 2);
  CHECK(box.peek() == nullptr);
  CHECK(drain(box) == std::vector<int>{0, 1});
}

TEST_CASE("an answer is looked for behind what was there when its reference was made") {
  mailbox box;
  push(box, 0);
  box.mark(7);
  push(box, 1);
  box.mark(9);
  push(box, 2);
  box.rewind_to(7);
  CHECK(value_of(box.peek()) == 1);
  box.rewind_to(8);
  CHECK(value_of(box.peek()) == 1);
  box.rewind_to(9);
  CHECK(value_of(box.peek()) == 2);
  box.rewind_to(6);  // older than every mark
  CHECK(value_of(box.peek()) == 0);
}

TEST_CASE("a mark stays right when the messages around it are taken") {
  mailbox box;
  for (std::uint8_t i = 0; i < 3; ++i) push(box, i);
  box.mark(1);
  push(box, 3);
  box.rewind();
  box.pass();
  box.pass();
  CHECK(value_of(box.take().get()) == 2);  // what the mark stood behind
  box.rewind_to(1);
  CHECK(value_of(box.peek()) == 3);
  CHECK(drain(box) == std::vector<int>{0, 1, 3});
  box.rewind_to(1);
  CHECK(box.peek() == nullptr);
  push(box, 4);
  CHECK(value_of(box.peek()) == 4);
}

TEST_CASE("taking an answer leaves the place of the other receives where it was") {
  const auto none = [](detail::receiver&, const message&) { return false; };
  mailbox box;
  for (std::uint8_t i = 0; i < 4; ++i) push(box, i);
  box.begin(none);
  box.pass();
  box.pass();
  box.rewind_to(1);
  box.pass();
  CHECK(value_of(box.take().get()) == 1);  // what the other place stood behind
  box.begin(none);
  CHECK(value_of(box.peek()) == 2);
  push_priority(box, 10);
  CHECK(value_of(box.peek()) == 10);
  CHECK(drain(box) == std::vector<int>{10, 0, 2, 3});
}

TEST_CASE("priority messages stand before all others, in the order they came") {
  mailbox box;
  push_priority(box, 10);
  push(box, 0);
  push_priority(box, 11);
  push(box, 1);
  push_priority(box, 12);
  CHECK(drain(box) == std::vector<int>{10, 11, 12, 0, 1});
  push(box, 2);
  push_priority(box, 13);
  CHECK(drain(box) == std::vector<int>{13, 2});
}

TEST_CASE("a receive looks at a priority message wherever it has got to") {
  // Passed over `passed` of the messages 10 11 0 1; then 12 arrives.
  for (int passed = 0; passed <= 4; ++passed) {
    mailbox box;
    push_priority(box, 10);
    push_priority(box, 11);
    push(box, 0);
    push(box, 1);
    box.rewind();
    for (int i = 0; i < passed; ++i) box.pass();
    push_priority(box, 12);
    std::vector<int> looked_at;
    for (; box.peek() != nullptr; box.pass()) looked_at.push_back(value_of(box.peek()));
    CHECK(std::ranges::count(looked_at, 12) == 1);
    CHECK(looked_at.size() >= static_cast<std::size_t>(5 - passed));
    CHECK(drain(box) == std::vector<int>{10, 11, 12, 0, 1});
  }
}

TEST_CASE("the last priority message may be taken from anywhere") {
  mailbox box;
  push_priority(box, 10);
  push_priority(box, 11);
  push(box, 0);
  box.rewind();
  box.pass();
  CHECK(value_of(box.take().get()) == 11);
  push_priority(box, 12);
  box.rewind_to_end();
  push_priority(box, 13);
  CHECK(value_of(box.peek()) == 13);
  CHECK(drain(box) == std::vector<int>{10, 12, 13, 0});
}
