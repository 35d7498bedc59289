#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/term.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "support/hex.hpp"

using namespace beamnode;
using namespace beamnode::etf::literals;
using namespace beamnode::test;
using etf::errc;
using etf::term;

namespace {

struct item {
  std::string name;
  double price = 0;
};
struct order {
  std::int64_t id = 0;
  std::vector<item> items;
};
struct refund {
  std::int64_t number = 0;
};

}  // namespace

template <>
struct beamnode::etf::codec<item>
    : map_codec<item, field<"name", &item::name>, field<"price", &item::price>> {};
template <>
struct beamnode::etf::codec<order> : tagged_tuple_codec<order, "order", &order::id, &order::items> {
};
template <>
struct beamnode::etf::codec<refund> : tagged_tuple_codec<refund, "refund", &refund::number> {};

namespace {

template <class T> std::string path_of(const byte_string& bytes) {
  const etf::result<T> value = etf::decode<T>(bytes);
  REQUIRE_FALSE(value.has_value());
  return value.error().path();
}

const byte_string good_item = "7400000002 77046e616d65 6d0000000161 77057072696365 6101"_hex;
const byte_string unpriced = "7400000001 77046e616d65 6d0000000161"_hex;
const byte_string nil_price = "7400000002 77046e616d65 6d0000000161 77057072696365 77036e696c"_hex;
const byte_string order_of = "836803 77056f72646572 6101 6c00000002"_hex;

}  // namespace

TEST_CASE("a failure names the members, keys and elements that lead to it") {
  const byte_string bytes = bytes_of(order_of, good_item, nil_price, 106);
  const etf::error why = etf::decode<order>(bytes).error();
  CHECK(why.path() == ".items[1].price");
  CHECK(why.message() == "at .items[1].price: expected a float, got the atom 'nil' (byte " +
                             std::to_string(why.offset()) + ")");
  CHECK(bytes[why.offset()] == 0x77);
  CHECK(etf::decode<order>(bytes_of(order_of, good_item, unpriced, 106)).error().message() ==
        "at .items[1]: the key 'price' is missing (byte 43)");
}

TEST_CASE("a term's conversion names the path too") {
  const byte_string bytes = bytes_of(order_of, good_item, nil_price, 106);
  CHECK(term::decode(bytes).value().as<order>().error().path() == ".items[1].price");
}

TEST_CASE("a reader that is used by hand names elements by their numbers") {
  const byte_string bytes = "6802 6101 6c00000002 6101 77026f6b 6a"_hex;
  etf::reader r{bytes};
  r.expect_tuple(2);
  r.read_integer();
  r.read_list();
  r.read_integer();
  r.read_integer();
  CHECK(r.failure().message() ==
        "at .element(2)[1]: expected an integer, got the atom 'ok' (byte 11)");
}

TEST_CASE("the outermost value has no path") {
  CHECK(path_of<int>("836a"_hex).empty());
  CHECK(path_of<int>("83"_hex).empty());
  CHECK(path_of<int>({}).empty());
  CHECK(path_of<int>("83610161"_hex).empty());
  CHECK(etf::error{}.path().empty());
}

TEST_CASE("keys are written as they are, and cut where they are long") {
  using by_text = std::map<std::string, int>;
  using by_number = std::map<int, int>;
  using by_atom = std::map<etf::atom, int>;
  using by_list = std::map<std::vector<int>, int>;
  CHECK(path_of<by_text>("8374000000016d0000000161 6a"_hex) == "[\"a\"]");
  CHECK(path_of<by_text>("8374000000016d00000001ff 6a"_hex) == "[\"\xef\xbf\xbd\"]");
  CHECK(path_of<by_number>("837400000001 62fffffffb 6a"_hex) == "[-5]");
  CHECK(path_of<by_atom>("837400000001 770161 6a"_hex) == ".a");
  CHECK(path_of<by_atom>("837400000001 770141 6a"_hex) == "['A']");
  CHECK(path_of<by_atom>("837400000001 7702612e 6a"_hex) == "['a.']");
  CHECK(path_of<by_list>("837400000001 6a 6a"_hex) == "[...]");
  CHECK(path_of<by_text>(bytes_of("8374000000016d000000c8"_hex, byte_string(200, 'x'), 106)) ==
        "[\"" + std::string(40, 'x') + "...\"]");
}

TEST_CASE("a key at fault is counted") {
  CHECK(path_of<std::map<int, int>>("837400000002 6101 6101 6a 6101"_hex) == "[key 1]");
}

TEST_CASE("elements of lists are counted through their pieces; a tail belongs to its list") {
  using numbers = std::vector<std::int8_t>;
  CHECK(path_of<numbers>("836c00000001 6101 6c00000001 6102 6c00000001 6a 6a"_hex) == "[2]");
  CHECK(path_of<numbers>("836c00000000 6c00000001 6a 6a"_hex) == "[0]");
  CHECK(path_of<numbers>("836c00000001 6101 6102"_hex).empty());
  CHECK(path_of<std::vector<numbers>>("836c00000001 6c00000001 6101 6102 6a"_hex) == "[0]");
  CHECK(path_of<std::vector<numbers>>("836c00000002 6a 6b000180 6a"_hex) == "[1]");
}

TEST_CASE("the alternative that came furthest names the members") {
  using either = std::variant<refund, order>;
  CHECK(path_of<either>("836802 7706726566756e64 6a"_hex) == ".number");
  CHECK(path_of<either>("836803 77056f72646572 6101 6a6a"_hex).empty());
  CHECK(path_of<either>(bytes_of(order_of, good_item, nil_price, 106)) == ".items[1].price");
  CHECK(path_of<std::vector<either>>(
            bytes_of("836c00000002 6802 7706726566756e64 6101 6802 7706726566756e64 6a 6a"_hex)) ==
        "[1].number");
}

TEST_CASE("explaining a failure interns no atom") {
  const byte_string bytes =
      bytes_of("836c00000002"_hex, 119, 15, "explain_me_once", 119, 15, "explain_me_then", 106);
  const etf::error why = etf::decode<std::vector<etf::atom>>(bytes, {.new_atoms = 1}).error();
  CHECK(why.code() == errc::too_many_atoms);
  CHECK(why.path() == "[1]");
  CHECK_FALSE(etf::atom::find("explain_me_then").has_value());
}

TEST_CASE("long paths lose their middle") {
  byte_string bytes{131};
  for (int i = 0; i < 100; ++i) bytes = bytes_of(bytes, "6c00000001"_hex);
  const byte_string bad = bytes_of(bytes, 255);
  const std::string path = term::decode(bytes_of(bad, byte_string(100, 106))).error().path();
  CHECK(path == "[0][0][0][0][0][0][0][0]...[0][0][0][0][0][0][0][0]");
}

TEST_CASE("the path of a failure at any depth is found in time that grows with the input") {
  constexpr std::size_t levels = 1'000'000;
  byte_string bytes{131};
  bytes.reserve(2 * levels + 2);
  for (std::size_t i = 0; i < levels; ++i) {
    bytes.push_back(104);
    bytes.push_back(1);
  }
  bytes.push_back(255);
  const etf::error why = term::decode(bytes).error();
  CHECK(why.code() == errc::unknown_tag);
  CHECK(why.path().size() < 400);
}
