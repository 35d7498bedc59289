#include <doctest/doctest.h>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/term.hpp>
#include <beamnode/etf/text.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/vectors.hpp"

using namespace beamnode::etf;
using beamnode::test::term_vector;
using beamnode::test::term_vectors;
using beamnode::test::to_hex;

namespace {

constexpr std::array<const char*, 3> releases{"25", "27", "29"};

term decoded(const term_vector& line) {
  const result<term> value = term::decode(line.bytes);
  INFO(line.expression);
  INFO((value ? std::string() : value.error().message()));
  REQUIRE(value.has_value());
  return *value;
}

bool is_whole(bytes_view bare, const limits& bounds) {
  const result<std::size_t> size = validate(bare, bounds);
  return size && *size == bare.size();
}

byte_buffer in_order(byte_buffer bytes) {
  std::sort(bytes.data(), bytes.data() + bytes.size());
  return bytes;
}

/// One of the encodings that a term may have, not the usual one.
bool is_an_encoding(const term_vector& line) {
  return line.expression.starts_with("term_to_binary") || line.expression.starts_with("<<131,");
}

}  // namespace

TEST_CASE("what OTP 27 and later encode is decoded and encoded again to the same bytes") {
  for (const std::string release : {"27", "29"}) {
    for (const term_vector& line : term_vectors(release)) {
      if (is_an_encoding(line)) continue;
      INFO(line.expression);
      CHECK(decoded(line).encode() == line.bytes);
    }
  }
}

TEST_CASE("every encoding of a term is the same term and is encoded as OTP encodes that") {
  for (const std::string release : releases) {
    const std::vector<term_vector>& lines = term_vectors(release);
    std::size_t encodings = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!is_an_encoding(lines[i])) continue;
      ++encodings;
      INFO(release);
      INFO(lines[i].expression);
      const term_vector& usual = lines.at(i + 1);
      REQUIRE(usual.expression == "binary_to_term(" + lines[i].expression + ")");
      const term value = decoded(lines[i]);
      CHECK(value == decoded(usual));
      // OTP 25 still writes atoms as Latin-1. Maps are written in the order they were read in.
      if (release != "25") CHECK(in_order(value.encode()) == in_order(usual.bytes));
      if (release != "25" && lines[i].expression.ends_with("[deterministic])")) {
        CHECK(value.encode() == lines[i].bytes);
      }
    }
    CHECK(encodings > 400);
  }
}

TEST_CASE("what any release encodes is equal to itself after another round") {
  for (const std::string release : releases) {
    for (const term_vector& line : term_vectors(release)) {
      INFO(line.expression);
      const term once = decoded(line);
      const result<term> twice = term::decode(once.encode());
      REQUIRE(twice.has_value());
      CHECK(once == *twice);
      CHECK(std::hash<term>{}(once) == std::hash<term>{}(*twice));
      CHECK(compare(once, *twice) == 0);
      CHECK((once <=> *twice) == 0);
      CHECK(once.compact() == once);
    }
  }
}

TEST_CASE("terms are written as Erlang writes them") {
  for (const std::string release : releases) {
    for (const term_vector& line : term_vectors(release)) {
      if (line.text == "-") continue;
      INFO(release);
      CHECK(decoded(line).to_string() == line.text);
    }
  }
}

TEST_CASE("releases agree with one another about every expression that has a text") {
  std::map<std::string, term> seen;
  for (const std::string release : releases) {
    for (const term_vector& line : term_vectors(release)) {
      if (line.text == "-") continue;
      const auto [at, is_new] = seen.emplace(line.expression, decoded(line));
      INFO(line.expression);
      if (!is_new) CHECK(at->second == decoded(line));
    }
  }
}

TEST_CASE("different expressions make different terms") {
  // Two texts can be the same value (1.0e15 written in two ways), but not with different texts.
  std::map<std::string, std::vector<term>> by_text;
  for (const term_vector& line : term_vectors("29")) {
    if (line.text != "-") by_text[line.text].push_back(decoded(line));
  }
  std::vector<term> all;
  for (const auto& [text, terms] : by_text) {
    for (const term& t : terms) CHECK(t == terms.front());
    all.push_back(terms.front());
  }
  std::size_t equal = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) equal += all[i] == all[j] ? 1 : 0;
  }
  CHECK(equal == 0);
}

TEST_CASE("a vector cut anywhere is refused") {
  for (const std::string release : releases) {
    for (const term_vector& line : term_vectors(release)) {
      std::size_t accepted = 0;
      // Long ones are cut near both ends and here and there.
      const std::size_t step = 1 + line.bytes.size() / 1000;
      for (std::size_t size = 0; size < line.bytes.size();
           size += size < 100 || line.bytes.size() - size < 100 ? 1 : step) {
        accepted += term::decode(line.bytes.view().first(size)).has_value() ? 1 : 0;
      }
      INFO(line.expression);
      CHECK(accepted == 0);
    }
  }
}

TEST_CASE("a vector with a byte behind it is refused") {
  for (const term_vector& line : term_vectors("29")) {
    byte_buffer longer = line.bytes;
    longer.append(std::uint8_t{106});
    const result<term> value = term::decode(longer);
    INFO(line.expression);
    REQUIRE(!value.has_value());
    CHECK(value.error().code() == errc::trailing_bytes);
  }
}

TEST_CASE("whatever mutated bytes decode to can be encoded, printed, hashed and compared") {
  std::vector<term_vector> lines;
  for (const char* const release : releases) {
    for (const term_vector& line : term_vectors(release)) {
      if (line.bytes.size() < 400) lines.push_back(line);
    }
  }
  std::mt19937 random(20240229);  // NOLINT(bugprone-random-generator-seed): repeatable
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  // Atoms are for ever: mutated names must not fill the table.
  const limits bounds{.inflated = 1'000'000, .new_atoms = 1};
  std::size_t accepted = 0;
  std::size_t broken = 0;
  for (int round = 0; round < 200'000; ++round) {
    byte_buffer bytes = lines[below(lines.size())].bytes;
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(bytes.size());
      const bool bit_only = below(2) == 0;
      bytes.data()[at] =
          static_cast<std::uint8_t>(bit_only ? bytes.data()[at] ^ (1U << below(8)) : below(256));
    }
    if (below(8) == 0) bytes.truncate(below(bytes.size()));
    const std::size_t atoms = atom::count();
    const bool is_valid = bytes.size() > 1 && bytes.data()[0] == version_magic &&
                          !is_compressed(bytes) && is_whole(bytes.view().subspan(1), bounds);
    const result<term> value = term::decode(bytes, bounds);
    const bool only_decoding_tells =
        !value && (value.error().code() == errc::duplicate_key ||
                   value.error().code() == errc::bad_record || atom::count() > atoms);
    if (!is_compressed(bytes) && is_valid != value.has_value() && !only_decoding_tells) {
      ++broken;
      MESSAGE(to_hex(bytes));
    }
    if (!value) {
      broken += value.error().message().empty() ? 1 : 0;
      continue;
    }
    ++accepted;
    const result<term> again = term::decode(value->encode());
    if (!again || !(*again == *value) || std::hash<term>{}(*again) != std::hash<term>{}(*value) ||
        again->to_string() != value->to_string()) {
      ++broken;
      MESSAGE(value->to_string());
    }
  }
  CHECK(accepted > 10'000);
  CHECK(broken == 0);
}
