#include <doctest/doctest.h>
#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/external.hpp>
#include <beamnode/etf/order.hpp>
#include <beamnode/etf/term.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/deep.hpp"
#include "unit/etf/term_samples.hpp"

using namespace beamnode::etf;
using namespace beamnode::test;

namespace {

/// While it lives, the process cannot take more than 32 MiB: who tries fails with std::bad_alloc.
class little_memory {
 public:
  little_memory() {
    ::getrlimit(RLIMIT_AS, &before_);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit little = before_;
    little.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + (32U << 20U);
    ::setrlimit(RLIMIT_AS, &little);
#endif
  }
  ~little_memory() { ::setrlimit(RLIMIT_AS, &before_); }
  little_memory(const little_memory&) = delete;
  little_memory& operator=(const little_memory&) = delete;

 private:
  rlimit before_{};
};

struct bomb {
  const char* what;
  byte_string bytes;
};

std::vector<bomb> bombs() {
  const byte_string uniq(20, 0);
  const byte_string fun_end = "770161 6101 6101 58 770161 000000010000000000000001"_hex;
  std::vector<bomb> all{
      {"an atom without end", bytes_of("76ffff"_hex, std::string(1000, 'a'))},
      {"a short atom without end", "77ff61"_hex},
      {"a Latin-1 atom without end", "64ffff61"_hex},
      {"an integer of 255 bytes", "6eff0001"_hex},
      {"an integer of 2^31 bytes", "6f80000000 00 01"_hex},
      {"an integer of 2^32 - 1 bytes", "6fffffffff 00 01"_hex},
      {"an integer of 8 MiB", "6f00800000 00 01"_hex},
      {"a list of 2^32 - 1", "6cffffffff 6a6a"_hex},
      {"a tuple of 2^32 - 1", "69ffffffff 6a6a"_hex},
      {"a tuple of 2^24 - 1", "6900ffffff 6a6a"_hex},
      {"a map of 2^32 - 1", "74ffffffff 6a6a"_hex},
      {"a map of 2^31", "7480000000 6a6a"_hex},
      {"a binary of 2^32 - 1", "6dffffffff 00"_hex},
      {"a bit string of 2^32 - 1", "4dffffffff 07 00"_hex},
      {"a string of 65535", "6bffff 00"_hex},
      {"a record of 2^32 - 1", "43ffffffff 01 770161 770162 770163 6a"_hex},
      {"a fun of 255 variables", bytes_of("70ffffffff 01"_hex, uniq, "000000ff"_hex, fun_end)},
      {"a fun of 2^32 - 1 variables", bytes_of("70ffffffff 01"_hex, uniq, "ffffffff"_hex, fun_end)},
      {"a reference of 65535 words", "5affff 770161 00000001 00000001"_hex},
      {"a reference of 5 words", "5a0005 770161 00000001 00000001"_hex},
  };
  // A count behind a count behind a count...
  for (const char* const head :
       {"6cffffffff", "7480000000", "69ffffffff", "43ffffffff01770161770162"}) {
    all.push_back({head, repeated(1000, from_hex(head))});
  }
  return all;
}

}  // namespace

TEST_CASE(
    "counts that promise gigabytes are refused in little memory, by every way to read a term") {
  for (const bomb& b : bombs()) {
    CAPTURE(b.what);
    const byte_string whole = bytes_of(131, b.bytes);
    const little_memory limit;
    CHECK(validate(b.bytes).has_value() == false);
    CHECK(term::decode(whole).has_value() == false);
    CHECK(term::decode_bare(b.bytes).has_value() == false);
    CHECK(decode<std::vector<term>>(whole).has_value() == false);
    CHECK(decode<std::vector<std::int64_t>>(whole).has_value() == false);
    CHECK(decode<std::map<term, term>>(whole).has_value() == false);
    CHECK(decode<std::string>(whole).has_value() == false);
    CHECK(decode<charlist>(whole).has_value() == false);
    CHECK(decode<big_integer>(whole).has_value() == false);
    CHECK(decode<byte_buffer>(whole).has_value() == false);
    reader in(b.bytes);
    in.skip();
    CHECK_FALSE(in.ok());
  }
}

TEST_CASE("every whole bomb inside a tuple is refused, too") {
  for (const bomb& b : bombs()) {
    CAPTURE(b.what);
    const byte_string inside = bytes_of("6803 6101"_hex, b.bytes);
    const little_memory limit;
    CHECK(validate(inside).has_value() == false);
    CHECK(code_of(inside) != errc::none);
  }
}

TEST_CASE("a compressed term that promises 4 GiB, or does not say the truth, takes little memory") {
  const byte_string stream = "789ccb664849a4030000cccb26b4"_hex;
  for (const char* const promise : {"ffffffff", "fffffffe", "80000000", "10000001", "0fffffff"}) {
    CAPTURE(promise);
    const byte_string whole = bytes_of("8350"_hex, from_hex(promise), stream);
    const little_memory limit;
    CHECK(inflate(whole).has_value() == false);
    CHECK(term::decode(whole).has_value() == false);
    CHECK(decode<std::string>(whole).has_value() == false);
  }
}

TEST_CASE("ten million levels are refused by a limit before they take memory") {
  const byte_string deep = bytes_of(repeated(deep_levels, "6801"_hex), "6a"_hex);
  const little_memory limit;
  CHECK(code_of(deep, {.depth = 100}) == errc::too_deep);
  CHECK(code_of(deep, {.elements = 100}) == errc::too_large);
}
