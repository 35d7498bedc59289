#include <beamnode/etf/reader.hpp>

#include <doctest/doctest.h>

#include "support/deep.hpp"
#include "unit/etf/reading.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

TEST_CASE("bytes that begin no term, and terms that are refused") {
  CHECK(integer_code("00"_hex) == errc::unknown_tag);
  CHECK(integer_code("8361"_hex) == errc::unknown_tag);
  CHECK(integer_code("75"_hex) == errc::refused_tag);
  CHECK(integer_code("7900000000"_hex) == errc::refused_tag);
  CHECK(integer_code("5000000000"_hex) == errc::refused_tag);
  for (int byte = 0; byte < 256; ++byte) {
    const byte_string bytes = bytes_of(byte, byte_string(64));
    reader r{bytes, sample_refs()};
    r.skip();
    const bool is_term = kind_of(static_cast<std::uint8_t>(byte)) != kind::none;
    CAPTURE(byte);
    const bool is_refused = r.code() == errc::unknown_tag || r.code() == errc::refused_tag;
    CHECK((is_refused && r.failure().offset() == 0) == !is_term);
  }
}

TEST_CASE("every sample is read, and skipped, to its last byte and no further") {
  for (const wire_sample& sample : wire_samples()) {
    CAPTURE(sample.name);
    const byte_string bytes = bytes_of(sample.bytes, "ff6101"_hex);
    reader read{bytes, sample_refs()};
    read_anything(read);
    CHECK(read.failure().message() == error{}.message());
    CHECK(read.offset() == sample.bytes.size());
    reader skipped{bytes, sample_refs()};
    CHECK(to_hex(skipped.skip()) == to_hex(sample.bytes));
    CHECK(skipped.offset() == sample.bytes.size());
  }
}

TEST_CASE("every sample cut at every byte is truncated, for reads and for skip") {
  for (const wire_sample& sample : wire_samples()) {
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      CAPTURE(sample.name);
      CAPTURE(size);
      // A copy of its own, so that a sanitizer sees a read beyond its end.
      const byte_string cut(sample.bytes.begin(),
                            sample.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(code_of(cut, read_anything) == errc::truncated);
      CHECK(code_of(cut, [](reader& r) { CHECK(r.skip().empty()); }) == errc::truncated);
    }
  }
}

TEST_CASE("counts that the input cannot hold are refused at once") {
  for (const auto& bytes :
       {"69ffffffff 6a6a6a6a"_hex, "6900ffffff 6a6a6a6a"_hex, "6cffffffff 6a6a6a6a"_hex,
        "74ffffffff 6a6a6a6a"_hex, "7480000000 6a6a6a6a"_hex, "6dffffffff 6a6a6a6a"_hex,
        "4dffffffff 08 6a6a"_hex, "6bffff 6a6a6a6a"_hex, "6fffffffff 00 6a6a"_hex, "6eff00 6a"_hex,
        "68ff 6a6a"_hex, "77ff 6a6a"_hex, "76ffff 6a6a"_hex, "64ffff 6a"_hex,
        "43ffffffff 01 77016d 77016e"_hex, "437fffffff 01 77016d 77016e"_hex,
        bytes_of(112, byte_string(25), "ffffffff 77016d"_hex), "5affff 770161"_hex,
        "72ffff 770161"_hex}) {
    CAPTURE(to_hex(bytes));
    CHECK_FALSE(code_of(bytes, read_anything) == errc::none);
    CHECK(code_of(bytes, skip) == errc::truncated);
  }
  CHECK(code_of("6901000000"_hex, read_anything) == errc::too_large);
}

TEST_CASE("skip passes ten million levels of any container without recursion") {
  constexpr std::size_t levels = deep_levels;
  const auto nest = [](const byte_string& head, std::size_t times, const byte_string& middle,
                       std::size_t tails) {
    byte_string bytes;
    bytes.reserve(head.size() * times + middle.size() + tails);
    for (std::size_t i = 0; i < times; ++i) bytes.insert(bytes.end(), head.begin(), head.end());
    bytes.insert(bytes.end(), middle.begin(), middle.end());
    bytes.insert(bytes.end(), tails, 106);
    return bytes;
  };
  for (const byte_string& bytes :
       {nest("6801"_hex, levels, "6a"_hex, 0), nest("6c00000001"_hex, levels, "6a"_hex, levels),
        nest("6c000000016a"_hex, levels, "6a"_hex, 0), nest("6c00000000"_hex, levels, "6a"_hex, 0),
        nest("7400000001"_hex, levels, "6a"_hex, levels)}) {
    reader r{bytes};
    CHECK(r.skip().size() == bytes.size());
    reader cut{bytes_view(bytes).first(bytes.size() - 1)};
    CHECK(cut.skip().empty());
    CHECK(cut.code() == errc::truncated);
  }
}

TEST_CASE("skip does not trust the size that a fun claims to have") {
  for (const std::string_view size : {"00000000", "7fffffff", "ffffffff"}) {
    const byte_string fun =
        bytes_of(112, from_hex(size), byte_string(17), "00000001 00000001 77016d 6101 6102"_hex,
                 "58 770161 000000010000000200000003"_hex, "6a"_hex);
    const byte_string bytes = bytes_of(fun, "6101"_hex);
    reader r{bytes};
    CHECK(r.skip().size() == fun.size());
    CHECK(r.read_integer() == 1);
  }
}

TEST_CASE("random bytes never make a reader read beyond its input") {
  std::uint64_t state = 88172645463325252U;
  const auto next = [&state] {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return state;
  };
  for (int round = 0; round < 20'000; ++round) {
    // Mostly tags, so that the walk gets deep.
    byte_string bytes(next() % 64);
    for (std::uint8_t& byte : bytes) {
      const auto& sample = wire_samples()[next() % wire_samples().size()].bytes;
      byte =
          next() % 4 == 0 ? static_cast<std::uint8_t>(next() % 5) : sample[next() % sample.size()];
    }
    reader read{bytes, sample_refs()};
    read.limit_new_atoms(0);
    read_anything(read);
    reader skipped{bytes, sample_refs()};
    const bytes_view passed = skipped.skip();
    if (read.ok()) CHECK(passed.size() == read.offset());
  }
}
