#include "runtime/mailbox.hpp"

#include <beamnode/node/rpc.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace beamnode;
using runtime::mailbox;

namespace {

void push(mailbox& box, std::uint8_t value) {
  const std::uint8_t bytes[] = {97, value};
  box.push(runtime::envelope::make(bytes, {}));
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
