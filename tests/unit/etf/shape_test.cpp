#include <beamnode/etf/shape.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace beamnode::test;
using etf::errc;

namespace {

struct increment {
  std::int64_t by = 0;
  friend bool operator==(const increment&, const increment&) = default;
};
struct reset {
  friend bool operator==(const reset&, const reset&) = default;
};
struct relabel {
  std::string from;
  std::vector<std::string> to;
  friend bool operator==(const relabel&, const relabel&) = default;
};
struct point {
  double x = 0;
  double y = 0;
  friend bool operator==(const point&, const point&) = default;
};
struct options {
  int size = 0;
  std::optional<increment> step;
  friend bool operator==(const options&, const options&) = default;
};
struct peek {
  std::string_view name;
};
struct tree {
  int value = 0;
  std::unique_ptr<tree> left;
  std::vector<tree> children;
};
struct tree_of_views {
  std::vector<tree_of_views> children;
  std::string_view name;
};

}  // namespace

template <>
struct beamnode::etf::codec<increment>
    : tagged_tuple_codec<increment, "increment", &increment::by> {};
template <> struct beamnode::etf::codec<reset> : tagged_tuple_codec<reset, "reset"> {};
template <>
struct beamnode::etf::codec<relabel>
    : tagged_tuple_codec<relabel, "relabel", &relabel::from, &relabel::to> {};
template <>
struct beamnode::etf::codec<point>
    : struct_codec<point, "Elixir.Geo.Point", field<"x", &point::x>, field<"y", &point::y>> {};
template <>
struct beamnode::etf::codec<options>
    : map_codec<options, field<"size", &options::size>, field<"step", &options::step>> {};
template <>
struct beamnode::etf::codec<tree>
    : map_codec<tree, field<"value", &tree::value>, field<"left", &tree::left>,
                field<"children", &tree::children>> {};
template <>
struct beamnode::etf::codec<tree_of_views>
    : tagged_tuple_codec<tree_of_views, "tree", &tree_of_views::children, &tree_of_views::name> {};
template <> struct beamnode::etf::codec<peek> : tagged_tuple_codec<peek, "peek", &peek::name> {};

namespace {

template <class T> errc code_of(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  return value ? errc::none : value.error().code();
}
template <class T> void check_both_ways(const T& value, std::string_view hex) {
  CHECK(to_hex(etf::encode(value)) == to_hex(from_hex(hex)));
  const etf::result<T> back = etf::decode<T>(from_hex(hex));
  CHECK((back ? "" : back.error().message()) == "");
  if (back) CHECK(*back == value);
}

}  // namespace

TEST_CASE("a tagged tuple is its atom and its fields in order") {
  check_both_ways(increment{5}, "83 6802 7709696e6372656d656e74 6105");
  check_both_ways(relabel{"a", {"b"}},
                  "83 6803 770772656c6162656c 6d0000000161 6c000000016d00000001626a");
}

TEST_CASE("without fields it is the bare atom") {
  check_both_ways(reset{}, "83 77057265736574");
  CHECK(code_of<reset>("83 6801 77057265736574"_hex) == errc::wrong_type);
}

TEST_CASE("another atom, arity or field type is refused") {
  CHECK(code_of<increment>("83 6802 7703616464 6105"_hex) == errc::wrong_value);
  CHECK(code_of<increment>("83 6801 7709696e6372656d656e74"_hex) == errc::wrong_arity);
  CHECK(code_of<increment>("83 6803 7709696e6372656d656e74 6105 6105"_hex) == errc::wrong_arity);
  CHECK(etf::decode<increment>("83 6802 7709696e6372656d656e74 77026f6b"_hex).error().message() ==
        "at .by: expected an integer, got the atom 'ok' (byte 14)");
  CHECK(etf::decode<increment>("83 6802 7703616464 6105"_hex).error().message() ==
        "at .element(1): expected the atom 'increment', got the atom 'add' (byte 3)");
}

TEST_CASE("a struct is a map with its module under '__struct__'") {
  check_both_ways(point{1, 2},
                  "83 7400000003 770a5f5f7374727563745f5f 7710456c697869722e47656f2e506f696e74 "
                  "770178 463ff0000000000000 770179 464000000000000000");
}

TEST_CASE("keys of a struct may come in any order, others are passed over") {
  const byte_string bytes =
      "83 7400000005 770179 464000000000000000 770162 6801 6a 770178 463ff0000000000000"
      "6b000101 6101 770a5f5f7374727563745f5f 7710456c697869722e47656f2e506f696e74"_hex;
  CHECK(etf::decode<point>(bytes).value() == point{1, 2});
}

TEST_CASE("a struct of another module, without a module or without a field is refused") {
  const byte_string x = "770178 463ff0000000000000"_hex;
  const byte_string y = "770179 464000000000000000"_hex;
  const byte_string name = "770a5f5f7374727563745f5f 7710456c697869722e47656f2e506f696e74"_hex;
  const byte_string other = "770a5f5f7374727563745f5f 7703666f6f"_hex;
  CHECK(code_of<point>(bytes_of("837400000003"_hex, x, y, name)) == errc::none);
  CHECK(code_of<point>(bytes_of("837400000003"_hex, x, y, other)) == errc::wrong_value);
  CHECK(code_of<point>(bytes_of("837400000002"_hex, x, y)) == errc::missing_key);
  CHECK(code_of<point>(bytes_of("837400000002"_hex, x, name)) == errc::missing_key);
  CHECK(etf::decode<point>(bytes_of("837400000002"_hex, x, y)).error().message() ==
        "the key '__struct__' is missing (byte 1)");
  CHECK(etf::decode<point>(bytes_of("837400000002"_hex, x, name)).error().message() ==
        "the key 'y' is missing (byte 1)");
  CHECK(code_of<point>(bytes_of("837400000004"_hex, x, x, y, name)) == errc::duplicate_key);
  CHECK(code_of<point>("836a"_hex) == errc::wrong_type);
}

TEST_CASE("a map shape nests others") {
  check_both_ways(options{7, increment{1}},
                  "83 7400000002 770473697a65 6107 770473746570 6802 7709696e6372656d656e74 6101");
  check_both_ways(options{7, std::nullopt},
                  "83 7400000002 770473697a65 6107 770473746570 77036e696c");
  CHECK(code_of<options>("83 7400000001 770473746570 77036e696c"_hex) == errc::missing_key);
}

TEST_CASE("a member that is a std::optional may be absent") {
  CHECK(etf::decode<options>("83 7400000001 770473697a65 6107"_hex).value() ==
        options{7, std::nullopt});
}

TEST_CASE("no foreign message makes a new atom") {
  const std::size_t before = etf::atom::count();
  CHECK(code_of<increment>(bytes_of("836802"_hex, 119, 12, "some_request", 97, 1)) ==
        errc::wrong_value);
  CHECK(code_of<options>(bytes_of("837400000001"_hex, 119, 12, "some_options", 97, 1)) ==
        errc::missing_key);
  CHECK(etf::atom::count() == before);
}

TEST_CASE("shapes that hold views say so") {
  CHECK(etf::codec<peek>::borrows);
  CHECK_FALSE(etf::codec<relabel>::borrows);
  CHECK_FALSE(etf::codec<point>::borrows);
  CHECK(etf::codec<std::vector<std::optional<peek>>>::borrows);
}

TEST_CASE("a struct may hold more of itself") {
  tree made;
  made.value = 1;
  made.left = std::make_unique<tree>();
  made.children.emplace_back().value = 3;
  const tree back = etf::decode<tree>(etf::encode(made)).value();
  REQUIRE(back.left != nullptr);
  CHECK(back.left->left == nullptr);
  REQUIRE(back.children.size() == 1);
  CHECK(back.children[0].value == 3);
  CHECK_FALSE(etf::codec<tree>::borrows);
  CHECK(etf::codec<tree_of_views>::borrows);
}

TEST_CASE("every cut of a shape is truncated") {
  for (const auto& whole : {etf::encode(relabel{"a", {"b"}}), etf::encode(point{1, 2})}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const byte_string cut(whole.data(), whole.data() + size);
      CHECK((code_of<relabel>(cut) == errc::truncated || code_of<point>(cut) == errc::truncated));
    }
  }
}
