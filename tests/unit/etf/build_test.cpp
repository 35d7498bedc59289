#include <beamnode/etf/build.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace beamnode;
using namespace beamnode::etf::literals;
using etf::errc;
using etf::list;
using etf::list_of;
using etf::map;
using etf::term;
using etf::with;
using etf::without;

namespace {

template <class Call> errc thrown(const Call& call) {
  try {
    static_cast<void>(call());
  } catch (const etf::bad_result<etf::error>& why) {
    return why.error().code();
  }
  return errc::none;
}

}  // namespace

TEST_CASE("a list holds values and terms of any types") {
  CHECK(list().is_nil());
  CHECK(list(1, 2).to_string() == "[1,2]");
  CHECK(list("ok"_atom, "two", 3.5, list(4), etf::tuple(5, "six")).to_string() ==
        "[ok,<<\"two\">>,3.5,[4],{5,<<\"six\">>}]");
  CHECK(list(1, 2) == term::from(std::vector<int>{1, 2}));
}

TEST_CASE("a range becomes a list") {
  CHECK(list_of(std::set<int>{300, 2}).to_string() == "[2,300]");
  CHECK(list_of(std::vector<term>{term::from(1), "a"_atom}).to_string() == "[1,a]");
  CHECK(list_of(std::map<int, std::string>{{1, "x"}}).to_string() == "[{1,<<\"x\">>}]");
  CHECK(list_of(std::vector<int>{}).is_nil());
}

TEST_CASE("a map is made of keys and values in turn") {
  CHECK(map().to_string() == "#{}");
  const term made = map("name"_atom, "x", 5, list(1, 300));
  CHECK(made.find("name"_atom)->as_text() == "x");
  CHECK(made.find(term::from(5))->size() == 2);
  CHECK(thrown([] { return map(1, 2, 1, 3); }) == errc::duplicate_key);
}

TEST_CASE("with() replaces or adds a key of a map") {
  const term before = map("a"_atom, 1, "b"_atom, 2);
  CHECK(with(before, "a"_atom, "new") == map("a"_atom, "new", "b"_atom, 2));
  CHECK(with(before, "c", 3) == map("a"_atom, 1, "b"_atom, 2, "c", 3));
  CHECK(with(before, 1, 2).size() == 3);
  CHECK(before == map("a"_atom, 1, "b"_atom, 2));
}

TEST_CASE("with() puts a pair in front of a keyword list, as Keyword.put/3") {
  const term before =
      list(etf::tuple("a"_atom, 1), etf::tuple("b"_atom, 2), etf::tuple("a"_atom, 3));
  CHECK(with(before, "a"_atom, 9).to_string() == "[{a,9},{b,2}]");
  CHECK(with(before, "c"_atom, 9).to_string() == "[{c,9},{a,1},{b,2},{a,3}]");
  CHECK(with(list(), "c"_atom, 9).to_string() == "[{c,9}]");
}

TEST_CASE("with() replaces an element of a tuple, counted from 0") {
  const term before = term::from(etf::tuple("a"_atom, 1));
  CHECK(with(before, 1, "new").to_string() == "{a,<<\"new\">>}");
  CHECK(thrown([&] { return with(before, 2, 0); }) == errc::out_of_range);
  CHECK(thrown([&] { return with(before, -1, 0); }) == errc::wrong_type);
  CHECK(thrown([&] { return with(before, "a"_atom, 0); }) == errc::wrong_type);
}

TEST_CASE("without() takes a key out of a map or keyword list") {
  const term before = map("a"_atom, 1, "b"_atom, 2);
  CHECK(without(before, "a"_atom) == map("b"_atom, 2));
  CHECK(without(before, "c"_atom) == before);
  CHECK(without(list(etf::tuple("a"_atom, 1), etf::tuple("b"_atom, 2)), "a"_atom).to_string() ==
        "[{b,2}]");
  CHECK(without(list(etf::tuple("a"_atom, 1)), "a"_atom).is_nil());
}

TEST_CASE("what takes no key is refused with a sentence") {
  CHECK(thrown([] { return with(term::from(1), "a"_atom, 0); }) == errc::wrong_type);
  CHECK(thrown([] { return with(list(1), "a"_atom, 0); }) == errc::wrong_type);
  CHECK(thrown([] { return with(list(etf::tuple("a"_atom, 1)), "a", 0); }) == errc::wrong_type);
  CHECK_THROWS_WITH(static_cast<void>(without(term::from(1), "a"_atom)),
                    "without() takes a map, or a keyword list and an atom, not an integer");
  CHECK_THROWS_WITH(static_cast<void>(with(term::from(etf::tuple(1)), 1, 0)),
                    "the tuple has no element with index 1: it has 1");
  CHECK(thrown([] { return list(std::nan("")); }) == errc::bad_float);
}

TEST_CASE("compact() is an equal term") { CHECK(etf::compact(list(1, "a")) == list(1, "a")); }
