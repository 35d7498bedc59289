#include <beamnode/etf/atom.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

using namespace beamnode::etf;
using namespace beamnode::etf::literals;

namespace {

errc refusal(std::string_view text) {
  const result<atom> interned = atom::intern(text);
  return interned ? errc::none : interned.error().code();
}

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Runs `body` where it cannot fill the atom table of the other tests.
template <class Body> int in_child_process(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

// Atoms must work in the destructors of static objects, which run in any order.
struct uses_atoms_at_exit {
  ~uses_atoms_at_exit() {
    if (atom("interned at exit").text() != "interned at exit") std::abort();
  }
} at_exit;

}  // namespace

TEST_CASE("the empty atom is there from the start, under index 0") {
  CHECK(atom{}.index() == 0);
  CHECK(atom{}.text().empty());
  CHECK(atom("") == atom{});
  CHECK(atom::find("") == atom{});
}

TEST_CASE("the same text is the same atom, another text is another one") {
  const std::string first = "some_atom";
  const std::string second = "some_atom";
  CHECK(atom(first) == atom(second));
  CHECK(atom(first) != atom("some_atom2"));
  CHECK(atom(first).text() == "some_atom");
  CHECK("some_atom"_atom == atom(first));
  CHECK(atom::from_index(atom(first).index()) == atom(first));
}

TEST_CASE("an atom may hold NUL bytes and spaces") {
  const std::string text("a\0b c", 5);
  CHECK(atom(text).text() == text);
  CHECK(atom(text) != atom("a"));
}

TEST_CASE("find never adds an atom") {
  const std::size_t before = atom::count();
  CHECK_FALSE(atom::find("nobody interns this one").has_value());
  CHECK(atom::count() == before);
  const atom added("somebody interns this one");
  CHECK(atom::count() == before + 1);
  CHECK(atom::find("somebody interns this one") == added);
}

TEST_CASE("text that is not UTF-8 is refused") {
  for (const std::string_view text : {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xc3\x28",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xe2\x28\xa1",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x9f\x92",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "fine until here\xff",
                                      "longer than eight bytes \xc3"}) {
    CAPTURE(text);
    CHECK(refusal(text) == errc::invalid_utf8);
    CHECK_FALSE(atom::find(text).has_value());
  }
}

TEST_CASE("the first and last code points of each length are accepted") {
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("\x7f"), std::string_view("\xc2\x80"),
        std::string_view("\xdf\xbf"), std::string_view("\xe0\xa0\x80"),
        std::string_view("\xed\x9f\xbf"), std::string_view("\xee\x80\x80"),
        std::string_view("\xef\xbf\xbf"), std::string_view("\xf0\x90\x80\x80"),
        std::string_view("\xf4\x8f\xbf\xbf")}) {
    CAPTURE(text);
    CHECK(refusal(text) == errc::none);
  }
}

TEST_CASE("an atom has at most 255 characters, however many bytes they take") {
  CHECK(refusal(repeat("x", 255)) == errc::none);
  CHECK(refusal(repeat("x", 256)) == errc::atom_too_long);
  CHECK(refusal(repeat("\xc3\xa9", 255)) == errc::none);
  CHECK(refusal(repeat("\xc3\xa9", 256)) == errc::atom_too_long);
  CHECK(refusal(repeat("\xf0\x9f\x92\xa9", 255)) == errc::none);
  CHECK(refusal(repeat("\xf0\x9f\x92\xa9", 256)) == errc::atom_too_long);
  CHECK(refusal(std::string(1'000'000, 'x')) == errc::atom_too_long);
}

TEST_CASE("the throwing constructor says what was wrong") {
  CHECK_THROWS_WITH_AS(atom("\xff"), "the text is not valid UTF-8 (byte 0)", bad_result<error>);
}

TEST_CASE("atoms are ordered by code points") {
  CHECK(atom("a") < atom("b"));
  CHECK(atom("B") < atom("a"));
  CHECK(atom("a") < atom("ab"));
  CHECK(atom("") < atom("a"));
  CHECK(atom("z") < atom("\xc3\xa9"));
  CHECK(atom("\xef\xbf\xbf") < atom("\xf0\x90\x80\x80"));
  CHECK((atom("same") <=> atom("same")) == std::strong_ordering::equal);
}

TEST_CASE("atoms keep their text and place while the table grows") {
  const atom early("interned before the growth");
  const std::string_view text = early.text();
  std::vector<atom> many;
  for (int i = 0; i < 50'000; ++i) many.emplace_back("growth_" + std::to_string(i));
  CHECK(text.data() == early.text().data());
  CHECK(atom("interned before the growth") == early);
  std::unordered_set<atom> distinct(many.begin(), many.end());
  CHECK(distinct.size() == many.size());
  for (int i = 0; i < 50'000; ++i) {
    const std::string expected = "growth_" + std::to_string(i);
    REQUIRE(many[static_cast<std::size_t>(i)].text() == expected);
    REQUIRE(atom::find(expected) == many[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("threads that intern the same names at once agree on the atoms") {
  constexpr int names = 20'000;
  std::array<std::vector<atom>, 4> seen;
  std::atomic<int> ready = 0;
  {
    std::vector<std::thread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&mine, &ready] {
        ++ready;
        while (ready != 4) std::this_thread::yield();
        for (int i = 0; i < names; ++i) {
          const std::string text = "shared_" + std::to_string(i);
          static_cast<void>(atom::find(text));
          mine.emplace_back(text);
          if (mine.back().text() != text) mine.back() = atom{};
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const auto& mine : seen) CHECK(mine == seen[0]);
  CHECK(std::unordered_set<atom>(seen[0].begin(), seen[0].end()).size() == names);
  CHECK_FALSE(std::ranges::any_of(seen[0], [](atom a) { return a == atom{}; }));
}

TEST_CASE("a full table refuses further names and keeps the ones it has") {
  const int status = in_child_process([] {
    while (atom::count() < atom::table_capacity) {
      if (refusal("filler_" + std::to_string(atom::count())) != errc::none) return false;
    }
    return refusal("one too many") == errc::too_many_atoms &&
           refusal("filler_1048575") == errc::none && !atom::find("one too many").has_value() &&
           atom::find("filler_1048575")->index() == atom::table_capacity - 1;
  });
  CHECK(status == 0);
}
