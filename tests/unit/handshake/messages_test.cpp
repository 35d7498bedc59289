#include <beamnode/handshake/messages.hpp>

#include "samples.hpp"

namespace beamnode::handshake::test {
namespace {

template <class Message> byte_string payload_of(const Message& message) {
  etf::byte_buffer out;
  encode(message, out);
  return bytes_of(out.view());
}

// Every shorter piece of `whole` is refused with this code.
template <class Parse>
void each_truncation_fails(const byte_string& whole, Parse parse, errc code) {
  REQUIRE(parse(whole));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto refused = parse(etf::bytes_view(whole).first(size));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == code);
  }
  const auto nothing = parse({});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code() == errc::unexpected_message);
  const auto foreign = parse("00"_hex);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().code() == errc::unexpected_message);
}

// Recorded from OTP 25 (tests/vectors/handshake).
const auto otp_name = "4e 0000000d07df7fbd 6b0355b4 0010 676f6c64656e403132372e302e302e31"_hex;
const auto otp_challenge =
    "4e 0000000d07df7fbd ec7ab0c2 6b0355b3 0010 676f6c64656e403132372e302e302e31"_hex;
const auto otp_named =
    "73 6e616d65643a 0017 3237544a5a5249475036514635403132372e302e302e31 a03bb9ac"_hex;

}  // namespace

TEST_CASE("a name is read and written as Erlang does") {
  const auto name = parse_name(otp_name);
  REQUIRE(name);
  CHECK(name->flags == 0xD'07DF'7FBD);
  CHECK(name->creation == 0x6B0355B4);
  CHECK(name->name == "golden@127.0.0.1");
  CHECK_FALSE(name->old_form);
  CHECK(to_hex(payload_of(*name)) == to_hex(otp_name));
  each_truncation_fails(otp_name, parse_name, errc::malformed_message);
}

TEST_CASE("an old name goes on to the end of its message") {
  const auto bytes = bytes_of('n', "0005 01df7fbd"_hex, "x@h");
  const auto name = parse_name(bytes);
  REQUIRE(name);
  CHECK(name->old_form);
  CHECK(name->flags == 0x01DF7FBD);
  CHECK(name->name == "x@h");
  CHECK(to_hex(payload_of(*name)) == to_hex(bytes));
  for (std::size_t size = 1; size < 7; ++size) {
    CHECK(parse_name(etf::bytes_view(bytes).first(size)).error().code() == errc::malformed_message);
  }
  const auto other_version = bytes_of('n', "0006 01df7fbd"_hex, "x@h");
  CHECK(parse_name(other_version).error().message() == "an old name message of version 6, not 5");
}

TEST_CASE("fields of the future behind a name are ignored") {
  CHECK(parse_name(bytes_of(otp_name, "01020304"_hex))->name == "golden@127.0.0.1");
  CHECK(parse_challenge(bytes_of(otp_challenge, "ff"_hex))->name == "golden@127.0.0.1");
  const auto named = parse_status(bytes_of(otp_named, "00"_hex));
  CHECK(named->name == "27TJZRIGP6QF5@127.0.0.1");
  CHECK(named->creation == 0xA03BB9AC);
}

TEST_CASE("names are Latin-1 on the wire") {
  const auto name = parse_name(bytes_of('N', big(flag_set{0}), "00000004 0003"_hex, "\xFC@h"));
  REQUIRE(name);
  CHECK(name->name == "\xC3\xBC@h");
  CHECK(payload_of(*name) == bytes_of('N', big(flag_set{0}), "00000004 0003"_hex, "\xFC@h"));
}

TEST_CASE("a name longer than an atom can be is refused") {
  const auto named = [](std::uint16_t size) {
    return bytes_of('N', big(flag_set{0}), "00000004"_hex, big(size), std::string(size, 'x'));
  };
  CHECK(parse_name(named(255)));
  CHECK(parse_name(named(256)).error().code() == errc::name_malformed);
  CHECK(parse_name(bytes_of('n', "000500000000"_hex, std::string(256, 'x'))).error().code() ==
        errc::name_malformed);
}

TEST_CASE("every status is read and written as Erlang does") {
  struct text_of {
    status_message::kind_type kind;
    const char* text;
  };
  for (const auto& [kind, text] :
       {text_of{status_message::ok, "sok"},
        text_of{status_message::ok_simultaneous, "sok_simultaneous"},
        text_of{status_message::nok, "snok"}, text_of{status_message::not_allowed, "snot_allowed"},
        text_of{status_message::alive, "salive"}}) {
    const auto status = parse_status(bytes_of(text));
    REQUIRE(status);
    CHECK(status->kind == kind);
    CHECK(payload_of(*status) == bytes_of(text));
  }
  const auto named = parse_status(otp_named);
  REQUIRE(named);
  CHECK(named->kind == status_message::named);
  CHECK(to_hex(payload_of(*named)) == to_hex(otp_named));
  for (std::size_t size = 7; size < otp_named.size(); ++size) {
    CHECK(parse_status(etf::bytes_view(otp_named).first(size)).error().code() ==
          errc::malformed_message);
  }
}

TEST_CASE("a status that no Erlang sends is refused and quoted") {
  for (const auto* text : {"s", "sweird", "sOK", "sok ", "sokay", "snamed", "strue"}) {
    const auto refused = parse_status(bytes_of(text));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::unknown_status);
  }
  CHECK(parse_status(bytes_of("swe\nird")).error().message() ==
        "the unknown status \"we\\x0aird\"");
}

TEST_CASE("the answer to alive is true or false and nothing else") {
  CHECK(*parse_alive_answer(bytes_of("strue")) == alive_answer::still_wanted);
  CHECK(*parse_alive_answer(bytes_of("sfalse")) == alive_answer::abort);
  CHECK(payload_of(alive_answer::still_wanted) == bytes_of("strue"));
  CHECK(payload_of(alive_answer::abort) == bytes_of("sfalse"));
  for (const auto* text : {"s", "strue ", "sok", "sTRUE"}) {
    CHECK(parse_alive_answer(bytes_of(text)).error().code() == errc::unknown_status);
  }
  CHECK(parse_alive_answer(bytes_of("rtrue")).error().code() == errc::unexpected_message);
}

TEST_CASE("a challenge is read and written as Erlang does") {
  const auto challenge = parse_challenge(otp_challenge);
  REQUIRE(challenge);
  CHECK(challenge->challenge == 0xEC7AB0C2);
  CHECK(challenge->creation == 0x6B0355B3);
  CHECK(to_hex(payload_of(*challenge)) == to_hex(otp_challenge));
  each_truncation_fails(otp_challenge, parse_challenge, errc::malformed_message);
}

TEST_CASE("the challenge of OTP 22 says how old its sender is") {
  const auto refused = parse_challenge(bytes_of('n', "0005 00000000 00000001"_hex, "x@h"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::flags_missing);
}

TEST_CASE("complement, reply and ack have exactly their size") {
  const auto complement = "63 0000000d 01020304"_hex;
  CHECK(parse_complement(complement)->high_flags == 0xD'0000'0000);
  CHECK(payload_of(*parse_complement(complement)) == complement);
  each_truncation_fails(complement, parse_complement, errc::malformed_message);
  CHECK_FALSE(parse_complement(bytes_of(complement, 0)));

  const auto reply = "72 f1e2d3c4 02f621fb19840dfaacec46ce388669cd"_hex;
  CHECK(parse_reply(reply)->challenge == 0xF1E2D3C4);
  CHECK(payload_of(*parse_reply(reply)) == reply);
  each_truncation_fails(reply, parse_reply, errc::malformed_message);
  CHECK_FALSE(parse_reply(bytes_of(reply, 0)));

  const auto ack = "61 47a66077dac542d559091c474830c6ab"_hex;
  CHECK(payload_of(*parse_ack(ack)) == ack);
  each_truncation_fails(ack, parse_ack, errc::malformed_message);
  CHECK_FALSE(parse_ack(bytes_of(ack, 0)));
}

}  // namespace beamnode::handshake::test
