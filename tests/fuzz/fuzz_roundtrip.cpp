// Whatever decodes: encoding, hashing, comparing and printing agree with one another.
#include <beamnode/etf/term.hpp>
#include <beamnode/etf/text.hpp>
#if __has_include(<beamnode/etf/order.hpp>)
#include <beamnode/etf/order.hpp>
#endif

#include <vector>

#include "fuzzing.hpp"

using namespace beamnode::etf;
using namespace beamnode::fuzz;

namespace {

void check_equal(const term& a, const term& b) {
  FUZZ_CHECK(a == b);
  FUZZ_CHECK(b == a);
  FUZZ_CHECK(std::hash<term>{}(a) == std::hash<term>{}(b));
}

void check_text(const term& value) {
  const std::string whole = value.to_string();
  for (const std::size_t most : {std::size_t{3}, std::size_t{10}, std::size_t{100}}) {
    const std::string cut = erlang_text(value, {.max_bytes = most});
    if (whole.size() <= most) {
      FUZZ_CHECK(cut == whole);
    } else {
      FUZZ_CHECK(cut.size() <= most);
      FUZZ_CHECK(cut.ends_with("..."));
      FUZZ_CHECK(whole.starts_with(std::string_view(cut).substr(0, cut.size() - 3)));
    }
  }
}

/// The value and some of what is in it, level by level.
std::vector<term> parts_of(const term& value) {
  constexpr std::size_t most = 12;
  std::vector<term> all{value};
  for (std::size_t at = 0; at < all.size() && all.size() < most; ++at) {
    const term part = all[at];
    for (const term& element : part.elements()) {
      if (all.size() < most) all.push_back(element);
    }
    if (part.is_list() && !part.is_nil() && all.size() < most) all.push_back(part.tail());
    for (const auto& [key, of_key] : part.pairs()) {
      if (all.size() < most) all.push_back(key);
      if (all.size() < most) all.push_back(of_key);
      const std::optional<term> found = part.find(key);
      FUZZ_CHECK(found.has_value() && *found == of_key);
    }
  }
  return all;
}

#if __has_include(<beamnode/etf/order.hpp>)
void check_order(const std::vector<term>& all) {
  for (const term& a : all) {
    FUZZ_CHECK(compare(a, a) == 0);
    for (const term& b : all) {
      const std::weak_ordering order = compare(a, b);
      FUZZ_CHECK((compare(b, a) == 0) == (order == 0));
      FUZZ_CHECK((compare(b, a) < 0) == (order > 0));
      FUZZ_CHECK(!(a == b) || order == 0);
      for (const term& c : all) {
        if (order <= 0 && compare(b, c) <= 0) FUZZ_CHECK(compare(a, c) <= 0);
        if (order < 0 && compare(b, c) <= 0) FUZZ_CHECK(compare(a, c) < 0);
      }
    }
  }
}
#else
void check_order(const std::vector<term>& /*all*/) {}
#endif

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const result<term> value = term::decode({data, size}, bounds());
  if (!value) return 0;
  const byte_buffer bytes = value->encode();
  const result<term> again = term::decode(bytes);
  FUZZ_CHECK(again.has_value());
  check_equal(*value, *again);
  check_equal(*value, value->compact());
  FUZZ_CHECK(again->encode() == bytes);
  FUZZ_CHECK(again->to_string() == value->to_string());
  check_text(*value);

  const std::vector<term> all = parts_of(*value);
  check_order(all);
  for (const term& part : all) {
    const result<term> copy = term::decode(part.encode());
    FUZZ_CHECK(copy.has_value());
    check_equal(part, *copy);
    for (const term& other : all) {
      if (part == other) check_equal(part, other);
    }
  }
  return 0;
}
