#include "dist/control.hpp"

#include <doctest/doctest.h>

#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;

/// The tuple {op, elements...} from encoded elements.
byte_string tuple(std::initializer_list<byte_string> elements) {
  byte_string bytes = bytes_of(104, elements.size());
  for (const byte_string& element : elements)
    bytes.insert(bytes.end(), element.begin(), element.end());
  return bytes;
}

byte_string op(std::uint8_t number) { return bytes_of(97, number); }

template <class Write> byte_string written(Write write) {
  etf::byte_buffer bytes;
  etf::writer out(bytes);
  write(out);
  return bytes_of(bytes.view());
}

const byte_string a = written([](auto& out) { out.write_pid(alice); });
const byte_string b = written([](auto& out) { out.write_pid(bob); });
const byte_string ref = written([](auto& out) { out.write_reference(some_ref); });
const byte_string name = "77046e616d65"_hex;
const byte_string empty_atom = "7700"_hex;

etf::errc refusal(const byte_string& bytes) {
  const auto control = parsed(bytes);
  REQUIRE(!control);
  CHECK(control.error().message() != "");
  return control.error().code();
}

TEST_CASE("every control message is the same after writing and reading") {
  for (const dist::message& sample : all_messages()) {
    const byte_string bytes = encoded(sample);
    CAPTURE(to_hex(bytes));
    REQUIRE(!bytes.empty());
    const auto read = parsed(bytes);
    REQUIRE_MESSAGE(read, read.error().message());
    CHECK(read->index() == sample.index());
    CHECK(to_hex(encoded(*read)) == to_hex(bytes));
  }
}

TEST_CASE("the elements of the tuples are where the documentation has them") {
  using namespace dist;
  CHECK(encoded(link{alice, bob}) == tuple({op(1), a, b}));
  CHECK(encoded(send{bob}) == tuple({op(2), empty_atom, b}));
  CHECK(encoded(send{bob, token}) == tuple({op(12), empty_atom, b, token}));
  CHECK(encoded(exit{alice, bob, reason}) == tuple({op(3), a, b, reason}));
  CHECK(encoded(exit{alice, bob, reason, token}) == tuple({op(13), a, b, token, reason}));
  CHECK(encoded(unlink{alice, bob}) == tuple({op(4), a, b}));
  CHECK(encoded(reg_send{alice, "name"_atom}) == tuple({op(6), a, empty_atom, name}));
  CHECK(encoded(reg_send{alice, "name"_atom, token}) ==
        tuple({op(16), a, empty_atom, name, token}));
  CHECK(encoded(group_leader{alice, bob}) == tuple({op(7), a, b}));
  CHECK(encoded(exit2{alice, bob, reason}) == tuple({op(8), a, b, reason}));
  CHECK(encoded(exit2{alice, bob, reason, token}) == tuple({op(18), a, b, token, reason}));
  CHECK(encoded(monitor_p{alice, bob, some_ref}) == tuple({op(19), a, b, ref}));
  CHECK(encoded(monitor_p{alice, "name"_atom, some_ref}) == tuple({op(19), a, name, ref}));
  CHECK(encoded(demonitor_p{alice, bob, some_ref}) == tuple({op(20), a, b, ref}));
  CHECK(encoded(monitor_p_exit{alice, bob, some_ref, reason}) ==
        tuple({op(21), a, b, ref, reason}));
  CHECK(encoded(send_sender{alice, bob}) == tuple({op(22), a, b}));
  CHECK(encoded(send_sender{alice, bob, token}) == tuple({op(23), a, b, token}));
  CHECK(encoded(payload_exit{alice, bob}) == tuple({op(24), a, b}));
  CHECK(encoded(payload_exit{alice, bob, token}) == tuple({op(25), a, b, token}));
  CHECK(encoded(payload_exit2{alice, bob}) == tuple({op(26), a, b}));
  CHECK(encoded(payload_exit2{alice, bob, token}) == tuple({op(27), a, b, token}));
  CHECK(encoded(payload_monitor_p_exit{"name"_atom, bob, some_ref}) ==
        tuple({op(28), name, b, ref}));
  const byte_string mfa = bytes_of(104, 3, name, name, 97, 2);
  const spawn_request request{some_ref, alice, bob, "name"_atom, "name"_atom, 2, options};
  CHECK(encoded(request) == tuple({op(29), ref, a, b, mfa, options}));
  spawn_request traced = request;
  traced.token = token;
  CHECK(encoded(traced) == tuple({op(30), ref, a, b, mfa, options, token}));
  CHECK(encoded(spawn_reply{some_ref, alice, 3, bob}) == tuple({op(31), ref, a, op(3), b}));
  CHECK(encoded(spawn_reply{some_ref, alice, 0, "name"_atom, token}) ==
        tuple({op(32), ref, a, op(0), name, token}));
  CHECK(encoded(alias_send{alice, some_ref}) == tuple({op(33), a, ref}));
  CHECK(encoded(alias_send{alice, some_ref, token}) == tuple({op(34), a, ref, token}));
  CHECK(encoded(unlink_id{5, alice, bob}) == tuple({op(35), op(5), a, b}));
  CHECK(encoded(unlink_id_ack{5, alice, bob}) == tuple({op(36), op(5), a, b}));
  CHECK(encoded(altact_sig_send{17, alice, bob}) == tuple({op(37), op(17), a, b}));
  CHECK(encoded(altact_sig_send{4, alice, some_ref, token}) ==
        tuple({op(37), op(6), a, ref, token}));
  CHECK(encoded(altact_sig_send{10, alice, "name"_atom}) == tuple({op(37), op(8), a, name}));
}

TEST_CASE("what is read is what stands in the tuple") {
  const byte_string bytes =
      tuple({op(30), ref, a, b, bytes_of(104, 3, name, empty_atom, 97, 2), options, token});
  const auto read = parsed(bytes);
  REQUIRE(read);
  const auto& request = std::get<dist::spawn_request>(*read);
  CHECK(request.req_id == some_ref);
  CHECK(request.from == alice);
  CHECK(request.group_leader == bob);
  CHECK(request.module == "name"_atom);
  CHECK(request.function == ""_atom);
  CHECK(request.arity == 2);
  CHECK(to_hex(request.options) == to_hex(options));
  CHECK(to_hex(request.token) == to_hex(token));

  const auto down = parsed(tuple({op(28), name, b, ref}));
  REQUIRE(down);
  CHECK(std::get<dist::payload_monitor_p_exit>(*down).watched == dist::pid_or_name("name"_atom));
  CHECK(std::get<dist::payload_monitor_p_exit>(*down).watcher == bob);

  const auto ack = parsed(tuple({op(36), "6e0800ffffffffffffffff"_hex, a, b}));
  REQUIRE(ack);
  CHECK(std::get<dist::unlink_id_ack>(*ack).id == UINT64_MAX);
  CHECK(std::get<dist::unlink_id_ack>(*ack).from == alice);
  CHECK(std::get<dist::unlink_id_ack>(*ack).to == bob);
}

TEST_CASE("the element that once was the cookie may be anything") {
  CHECK(parsed(tuple({op(2), "6a"_hex, b})));
  CHECK(parsed(tuple({op(6), a, "68016101"_hex, name})));
}

TEST_CASE("an operation that nobody knows is told apart from what is malformed") {
  for (const int number : {0, 5, 9, 14, 38, 99, 255}) {
    const byte_string bytes = tuple({bytes_of(97, number), a, "6c0000000161016a"_hex});
    const auto read = parsed(bytes);
    REQUIRE(read);
    REQUIRE(std::holds_alternative<dist::unknown>(*read));
    CHECK(dist::operation_of(*read) == static_cast<std::uint64_t>(number));
  }
  const auto large = parsed(tuple({"6e0500ffffffff01"_hex}));
  REQUIRE(large);
  CHECK(std::get<dist::unknown>(*large).op == 0x1FFFFFFFFU);
  CHECK(refusal(tuple({op(99), "6c00000005"_hex})) == etf::errc::truncated);
}

TEST_CASE("what is no tuple with an operation is refused") {
  CHECK(refusal("6a"_hex) == etf::errc::wrong_type);
  CHECK(refusal("6101"_hex) == etf::errc::wrong_type);
  CHECK(refusal("6800"_hex) == etf::errc::wrong_arity);
  CHECK(refusal(tuple({name, a, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({"62ffffffff"_hex, a, b})) == etf::errc::out_of_range);
  CHECK(refusal({}) == etf::errc::truncated);
}

TEST_CASE("one element less or more is wrong_arity, except behind ALTACT_SIG_SEND") {
  for (const dist::message& sample : all_messages()) {
    byte_string bytes = encoded(sample);
    CAPTURE(to_hex(bytes));
    const bool extensible = std::holds_alternative<dist::altact_sig_send>(sample);
    ++bytes[1];
    bytes.push_back(106);
    if (extensible) {
      CHECK(parsed(bytes));
    } else {
      CHECK(refusal(bytes) == etf::errc::wrong_arity);
    }
    bytes[1] = static_cast<std::uint8_t>(bytes[1] - 2);
    CHECK(refusal(bytes) == etf::errc::wrong_arity);
  }
}

TEST_CASE("an element of the wrong kind is refused") {
  CHECK(refusal(tuple({op(1), a, name})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(1), ref, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(19), a, b, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(19), a, ref, ref})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(6), a, empty_atom, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(29), ref, a, b, bytes_of(104, 2, name, name), options})) ==
        etf::errc::wrong_arity);
  CHECK(refusal(tuple({op(29), ref, a, b, bytes_of(104, 3, name, name, name), options})) ==
        etf::errc::wrong_type);
  CHECK(refusal(tuple({op(29), ref, a, b, bytes_of(104, 3, name, name, "6e050000000000ff"_hex),
                       options})) == etf::errc::out_of_range);
  CHECK(refusal(tuple({op(31), ref, a, op(0), ref})) == etf::errc::wrong_type);
}

TEST_CASE("an unlink id is 1 to 2^64-1") {
  CHECK(refusal(tuple({op(35), op(0), a, b})) == etf::errc::out_of_range);
  CHECK(refusal(tuple({op(36), op(0), a, b})) == etf::errc::out_of_range);
  CHECK(refusal(tuple({op(35), "62ffffffff"_hex, a, b})) == etf::errc::out_of_range);
  CHECK(refusal(tuple({op(35), "6e0900000000000000000001"_hex, a, b})) == etf::errc::out_of_range);
}

TEST_CASE("the flags of ALTACT_SIG_SEND and what follows them must agree") {
  CHECK(refusal(tuple({op(37), op(4), a, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(37), op(8), a, b})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(37), op(0), a, ref})) == etf::errc::wrong_type);
  CHECK(refusal(tuple({op(37), op(12), a, ref})) == etf::errc::wrong_value);
  CHECK(refusal(tuple({op(37), op(2), a, b})) == etf::errc::wrong_arity);
  CHECK(refusal(tuple({op(37), "62ffffffff"_hex, a, b})) == etf::errc::out_of_range);
}

TEST_CASE("elements that nobody looks at must be terms all the same") {
  const byte_string not_a_number = "467ff8000000000000"_hex;
  const byte_string no_atom_of_the_header = "5289"_hex;
  const byte_string not_utf8 = "7702c328"_hex;
  for (const byte_string& bad : {not_a_number, no_atom_of_the_header, not_utf8}) {
    CAPTURE(to_hex(bad));
    CHECK_FALSE(parsed(tuple({op(2), bad, b})));
    CHECK_FALSE(parsed(tuple({op(6), a, bad, name})));
    CHECK_FALSE(parsed(tuple({op(99), bad})));
    CHECK_FALSE(parsed(tuple({op(99), a, bad})));
    CHECK_FALSE(parsed(tuple({op(37), op(0), a, b, bad})));
  }
  CHECK(parsed(tuple({op(2), a, b})));
}

TEST_CASE("unknown flags and further elements of ALTACT_SIG_SEND are passed over") {
  const auto read =
      parsed(tuple({op(37), "6e0a00050000000000008001ff"_hex, a, ref, reason, reason, reason}));
  REQUIRE(read);
  const auto& sent = std::get<dist::altact_sig_send>(*read);
  CHECK(sent.flags == 0x8000000000000005U);
  CHECK(sent.to == decltype(sent.to)(some_ref));
  CHECK(sent.token.empty());
}

TEST_CASE("terms that are passed on as bytes are checked to their last byte") {
  const byte_string bad_atom = "7702ff61"_hex;
  CHECK(refusal(tuple({op(3), a, b, bad_atom})) == etf::errc::invalid_utf8);
  CHECK(refusal(tuple({op(25), a, b, bytes_of(104, 1, bad_atom)})) == etf::errc::invalid_utf8);
  CHECK(refusal(tuple({op(21), a, b, ref, "467ff0000000000000"_hex})) == etf::errc::bad_float);
  CHECK(refusal(tuple({op(29), ref, a, b, bytes_of(104, 3, name, name, 97, 2),
                       bytes_of("6c00000001"_hex, bad_atom, 106)})) == etf::errc::invalid_utf8);
  // and the offset is that of the bad byte's term in the whole tuple
  const auto failed = parsed(tuple({op(3), a, b, bytes_of(104, 1, bad_atom)}));
  REQUIRE(!failed);
  CHECK(failed.error().offset() == 2 + 2 + a.size() + b.size() + 2);
}

TEST_CASE("every control message that is cut short is truncated, wherever") {
  for (const dist::message& sample : all_messages()) {
    const byte_string bytes = encoded(sample);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(to_hex(bytes));
      CAPTURE(size);
      // exactly as many bytes as there are, so that a sanitizer sees a read behind them
      const byte_string cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(refusal(cut) == etf::errc::truncated);
    }
  }
}

TEST_CASE("no changed byte makes reading go wrong other than by an error") {
  for (const dist::message& sample : all_messages()) {
    const byte_string bytes = encoded(sample);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (unsigned change = 1; change < 256; change += 2) {
        byte_string changed = bytes;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ change);
        const auto read = parsed(changed);
        if (read && !std::holds_alternative<dist::unknown>(*read)) {
          CHECK(!encoded(*read).empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace beamnode
