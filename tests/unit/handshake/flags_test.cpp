#include <beamnode/handshake/flags.hpp>

#include <doctest/doctest.h>

namespace beamnode::handshake {

TEST_CASE("the sets are the documented numbers") {
  CHECK(mandatory == 0x4'0707'0F94);
  CHECK(offered_now == 0x6D'07DF'7FBC);  // what OTP 29 offers, but for `published`
  CHECK((offered_now & (flag::published | flag::name_me)) == 0);
}

TEST_CASE("flags in force are those of both sides") {
  const auto otp25 = negotiate(offered_now | flag::published, 0xD'07DF'7FBD);
  REQUIRE(otp25);
  CHECK(*otp25 == 0xD'07DF'7FBD);
  const auto hidden = negotiate(offered_now, 0xD'07DF'7FBD);
  CHECK((*hidden & flag::published) == 0);
  const auto every_bit = negotiate(offered_now, ~flag_set{0});
  CHECK(*every_bit == offered_now);
}

TEST_CASE("the digest bit stands for all flags mandatory since OTP 25") {
  const auto short_form =
      negotiate(offered_now, flag::mandatory_25_digest | flag::unlink_id | flag::v4_nc);
  REQUIRE(short_form);
  CHECK((*short_form & required) == required);
  CHECK(expand_digest(flag::spawn) == flag::spawn);
}

TEST_CASE("a request for a name is never in force") {
  const auto in_force = negotiate(offered_now | flag::name_me, offered_now | flag::name_me);
  REQUIRE(in_force);
  CHECK((*in_force & flag::name_me) == 0);
}

TEST_CASE("each required flag that is missing is named") {
  for (unsigned position = 0; position < 64; ++position) {
    const flag_set one = flag::bit(position);
    if ((required & one) == 0) continue;
    const auto refused = negotiate(offered_now, required & ~one);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::flags_missing);
    CHECK(refused.error().message().find(names_of(one)) != std::string::npos);
  }
  CHECK(negotiate(offered_now, required));
}

TEST_CASE("the sentence guesses the release") {
  const auto without = [](flag_set missing) {
    return negotiate(offered_now, required & ~missing).error().message();
  };
  CHECK(without(flag::unlink_id) == "offers no UNLINK_ID: older than OTP 23.3?");
  CHECK(without(flag::unlink_id | flag::v4_nc) == "offers no UNLINK_ID, V4_NC: older than OTP 24?");
  CHECK(without(flag::handshake_23) == "offers no HANDSHAKE_23: older than OTP 23?");
  CHECK(without(flag::big_creation) == "offers no BIG_CREATION: older than OTP 19?");
}

TEST_CASE("a set is printed by name, unknown bits by number") {
  CHECK(names_of(0).empty());
  CHECK(names_of(flag::published | flag::spawn | flag::bit(41)) == "PUBLISHED, SPAWN, bit 41");
}

}  // namespace beamnode::handshake
