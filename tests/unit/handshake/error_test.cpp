#include <beamnode/handshake/error.hpp>

#include <doctest/doctest.h>

#include <ostream>
#include <set>
#include <string>

namespace beamnode::handshake {

TEST_CASE("a failure is a sentence that names peer, reason, side and step") {
  const error e(errc::cookie_mismatch, {}, side::initiator, step::challenge_ack,
                "city_b@127.0.0.1");
  CHECK(e.message() == "peer city_b@127.0.0.1: cookie mismatch (initiator, challenge_ack)");
  const error early(errc::closed_by_peer, "the connection ended", side::acceptor, step::name, "");
  CHECK(early.message() == "an unnamed peer: the connection ended (acceptor, name)");
  CHECK(error(errc::cookie_file_missing).message() == "there is no cookie file");
}

TEST_CASE("bytes of a foreign name cannot break out of a log line") {
  const error e(errc::name_malformed, {}, side::acceptor, step::name, "x\n\x1b[31m\"y");
  CHECK(e.message() == "peer x\\x0a\\x1b[31m\\x22y: a malformed node name (acceptor, name)");
  CHECK(quoted(std::string(100, 'a')) == "\"" + std::string(64, 'a') + "...\"");
  CHECK(quoted("a\\") == "\"a\\x5c\"");
}

TEST_CASE("codes are std::error_codes with one sentence part each") {
  const std::error_code code = errc::cookie_mismatch;
  CHECK(code);
  CHECK(code == errc::cookie_mismatch);
  CHECK(code.message() == "cookie mismatch");
  CHECK(std::string(code.category().name()) == "beamnode.handshake");
  CHECK_FALSE(make_error_code(errc::none));

  std::set<std::string_view> texts;
  for (int i = 0; i <= static_cast<int>(errc::cookie_malformed); ++i) {
    texts.insert(name_of(static_cast<errc>(i)));
  }
  CHECK(texts.size() == static_cast<std::size_t>(errc::cookie_malformed) + 1);
  CHECK(name_of(static_cast<errc>(255)) == "an unknown handshake error");
}

}  // namespace beamnode::handshake
