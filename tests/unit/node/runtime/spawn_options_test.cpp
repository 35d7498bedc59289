#include "runtime/spawn_options.hpp"

#include <beamnode/etf/parse.hpp>

#include <doctest/doctest.h>

using namespace beamnode;
using runtime::read_spawn_options;

namespace {

etf::byte_buffer bare(std::string_view text) {
  etf::byte_buffer bytes;
  etf::writer out{bytes};
  etf::parse_term(text).value().write_to(out);
  return bytes;
}

}  // namespace

TEST_CASE("link and monitor are read, in every form and with everything that tunes a BEAM") {
  auto read = read_spawn_options(bare("[]"));
  REQUIRE(read);
  CHECK_FALSE(read->link);
  CHECK_FALSE(read->monitor);
  read = read_spawn_options(
      bare("[{priority, high}, link, {min_heap_size, 0}, {min_bin_vheap_size, 7},"
           " {max_heap_size, #{size => 0, kill => true}}, {fullsweep_after, 65535},"
           " {message_queue_data, off_heap}, {scheduler, 1}, {async_dist, true}]"));
  REQUIRE(read);
  CHECK(read->link);
  CHECK_FALSE(read->monitor);
  read = read_spawn_options(bare("[{monitor, [{alias, demonitor}]}, {max_heap_size, 1000}]"));
  REQUIRE(read);
  CHECK(read->monitor);
  CHECK(read_spawn_options(bare("[monitor, link]"))->monitor);
}

TEST_CASE("what a BEAM refuses as badopt is refused") {
  for (const char* options :
       {"[no_such_option]", "[{no_such, 1}]", "[{priority, urgent}]", "[{priority, 1}]",
        "[{min_heap_size, -1}]", "[{min_heap_size, x}]", "[{fullsweep_after, -1}]",
        "[{max_heap_size, #{kill => true}}]", "[{max_heap_size, -1}]", "[{message_queue_data, x}]",
        "[{async_dist, 1}]", "[{link, true}]", "[{1, 2}]", "[{link}]", "[1, 2]", "[link | x]",
        "link", "{link, monitor}", "\"link\""}) {
    CAPTURE(options);
    CHECK_FALSE(read_spawn_options(bare(options)));
  }
  const etf::byte_buffer whole = bare("[link, {priority, high}]");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK_FALSE(read_spawn_options(whole.view().first(cut)));
  }
}
