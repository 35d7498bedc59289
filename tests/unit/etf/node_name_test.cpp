#include <beamnode/etf/node_name.hpp>

#include <doctest/doctest.h>

using namespace beamnode::etf;

namespace {
std::string why_not(std::string_view text) {
  const result<node_name> parsed = node_name::parse(text);
  if (parsed) return "it is one";
  CHECK(parsed.error().code() == errc::wrong_value);
  return parsed.error().message();
}
}  // namespace

TEST_CASE("a node name is cut at its '@'") {
  const node_name name = node_name::parse("city_a@127.0.0.1").value();
  CHECK(name.full() == "city_a@127.0.0.1");
  CHECK(name.name() == "city_a");
  CHECK(name.host() == "127.0.0.1");
  CHECK_FALSE(name.empty());
}

TEST_CASE("a node name that was never given is empty") { CHECK(node_name{}.empty()); }

TEST_CASE("a host with a dot or a colon makes a long name") {
  CHECK(node_name::parse("a@b.c").value().is_long());
  CHECK(node_name::parse("a@::1").value().is_long());
  CHECK_FALSE(node_name::parse("a@host").value().is_long());
  CHECK_FALSE(node_name::parse("a.b@host").value().is_long());
}

TEST_CASE("a copy of a node name outlives the original") {
  node_name copy;
  {
    const node_name original = node_name::parse("a_name_longer_than_sso_is@host").value();
    copy = original;
  }
  CHECK(copy.name() == "a_name_longer_than_sso_is");
  CHECK(copy.host() == "host");
}

TEST_CASE("node names compare by their text") {
  const auto a = node_name::parse("a@h").value();
  const auto b = node_name::parse("b@h").value();
  CHECK(a == node_name::parse("a@h").value());
  CHECK(a != b);
  CHECK(a < b);
}

TEST_CASE("a refused node name is told which rule it breaks") {
  CHECK(why_not("") == "a node name needs an '@' between name and host, as in name@host");
  CHECK(why_not("nohost") == "a node name needs an '@' between name and host, as in name@host");
  CHECK(why_not("a@b@c") == "a node name has only one '@'");
  CHECK(why_not("@host") == "a node name needs a name before its '@'");
  CHECK(why_not("name@") == "a node name needs a host behind its '@'");
  CHECK(why_not("a\n@host") == "a node name has no control characters");
  CHECK(why_not(std::string_view("a\0@host", 7)) == "a node name has no control characters");
  CHECK(why_not("a\x7f@host") == "a node name has no control characters");
  CHECK(why_not("\xff@host") == "a node name must be valid UTF-8");
  CHECK(why_not(std::string(254, 'a') + "@h") == "a node name has at most 255 characters");
}

TEST_CASE("255 characters are not too many for a node name") {
  CHECK(why_not(std::string(253, 'a') + "@h") == "it is one");
  CHECK(why_not("\xc3\xa9@h") == "it is one");
}
