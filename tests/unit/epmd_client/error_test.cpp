#include <beamnode/epmd_client/error.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace beamnode {
namespace {

using epmd::errc;

TEST_CASE("an error is a sentence that says where, what and whom") {
  CHECK(epmd::error(errc::name_taken, "city_a").at("127.0.0.1:4369").message() ==
        "epmd at 127.0.0.1:4369: the name is already taken: city_a");
  CHECK(epmd::error(errc::timed_out).message() == "no reply in time");
}

TEST_CASE("every code has words of its own, also as a std::error_code") {
  std::set<std::string> seen;
  for (int code = 0; code <= static_cast<int>(errc::cancelled); ++code) {
    const std::error_code as_code = static_cast<errc>(code);
    CHECK(&as_code.category() == &epmd::category());
    CHECK(seen.insert(as_code.message()).second);
    CHECK(as_code.message() != "an unknown epmd error");
  }
  CHECK(std::string(epmd::category().name()) == "beamnode.epmd");
  CHECK(epmd::category().message(999) == "an unknown epmd error");
}

}  // namespace
}  // namespace beamnode
