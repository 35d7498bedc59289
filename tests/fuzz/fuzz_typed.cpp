// Any bytes, read as many C++ types: a value that comes out can be written and read again.
#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/term.hpp>

#include <deque>
#include <list>
#include <map>
#include <set>
#include <unordered_map>

#include "fuzzing.hpp"

using namespace beamnode::etf;
using namespace beamnode::fuzz;

namespace {

struct increment {
  std::int64_t by = 0;
  friend bool operator==(const increment&, const increment&) = default;
};
struct reset {
  friend bool operator==(const reset&, const reset&) = default;
};
struct point {
  double x = 0;
  double y = 0;
  friend bool operator==(const point&, const point&) = default;
};
struct named {
  std::string name;
  std::optional<std::uint8_t> size;
  std::vector<atom> tags;
  friend bool operator==(const named&, const named&) = default;
};
struct view_holder {
  std::string_view text;
  friend bool operator==(const view_holder&, const view_holder&) = default;
};
struct tree {
  std::int32_t value = 0;
  std::vector<tree> children;
  friend bool operator==(const tree&, const tree&) = default;
};
using message = std::variant<increment, reset, point, named, std::vector<std::int64_t>, std::string,
                             std::tuple<literal<"ok">, term>, std::tuple<literal<"error">, atom>>;

}  // namespace

template <>
struct beamnode::etf::codec<increment> : tagged_tuple_codec<increment, "a", &increment::by> {};
template <> struct beamnode::etf::codec<reset> : tagged_tuple_codec<reset, "ok"> {};
template <>
struct beamnode::etf::codec<point>
    : struct_codec<point, "Elixir.Point", field<"x", &point::x>, field<"y", &point::y>> {};
template <>
struct beamnode::etf::codec<named>
    : map_codec<named, field<"name", &named::name>, field<"size", &named::size>,
                field<"tags", &named::tags>> {};
template <>
struct beamnode::etf::codec<view_holder>
    : tagged_tuple_codec<view_holder, "error", &view_holder::text> {};
template <> struct beamnode::etf::codec<tree> {
  static void encode(writer& out, const tree& value) {
    out.write_tuple(2);
    codec<std::int32_t>::encode(out, value.value);
    codec<std::vector<tree>>::encode(out, value.children);
  }
  static tree decode(reader& in) {
    if (!in.descend()) return {};
    in.expect_tuple(2);
    tree value;
    value.value = codec<std::int32_t>::decode(in);
    value.children = codec<std::vector<tree>>::decode(in);
    in.ascend();
    return value;
  }
};

namespace {

template <class T> void check(bytes_view whole) {
  const result<T> value = decode<T>(whole, bounds());
  if (!value) {
    FUZZ_CHECK(value.error().code() != errc::none);
    FUZZ_CHECK(!value.error().message().empty());
    return;
  }
  const byte_buffer written = encode(*value);
  const result<T> again = decode<T>(written, bounds());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *value);
  FUZZ_CHECK(term::decode(written, bounds()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view whole{data, size};
  check<bool>(whole);
  check<atom>(whole);
  check<std::int8_t>(whole);
  check<std::uint16_t>(whole);
  check<std::int32_t>(whole);
  check<std::int64_t>(whole);
  check<std::uint64_t>(whole);
  check<big_integer>(whole);
  check<float>(whole);
  check<double>(whole);
  check<std::string>(whole);
  check<std::string_view>(whole);
  check<byte_buffer>(whole);
  check<std::vector<std::byte>>(whole);
  check<charlist>(whole);
  check<std::monostate>(whole);
  check<pid>(whole);
  check<port>(whole);
  check<reference>(whole);
  check<term>(whole);
  check<std::optional<std::string>>(whole);
  check<std::vector<std::int64_t>>(whole);
  check<std::vector<term>>(whole);
  check<std::list<std::string_view>>(whole);
  check<std::deque<double>>(whole);
  check<std::array<std::int32_t, 3>>(whole);
  check<std::set<atom>>(whole);
  check<std::tuple<term, term>>(whole);
  check<std::pair<atom, std::vector<std::pair<atom, term>>>>(whole);
  check<std::map<std::int64_t, std::string>>(whole);
  check<std::map<atom, std::map<atom, std::optional<double>>>>(whole);
  check<std::unordered_map<term, term>>(whole);
  check<std::variant<std::int64_t, double, atom, std::string, charlist, term>>(whole);
  check<literal<"ok">>(whole);
  check<message>(whole);
  check<std::vector<message>>(whole);
  check<view_holder>(whole);
  check<tree>(whole);
  return 0;
}
