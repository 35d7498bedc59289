#include "dist/atom_numbers.hpp"

#include <doctest/doctest.h>
#include <beamnode/etf/external.hpp>
#include <beamnode/handshake/flags.hpp>

#include <string>

#include "dist/atom_cache.hpp"
#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;
using dist::atom_numbers;

byte_string atom_bytes(const std::string& name, bool known = true) {
  if (known) REQUIRE(etf::atom::intern(name));
  return bytes_of(119, static_cast<int>(name.size()), etf::as_bytes(name));
}

/// A sender and a receiver of headers.
struct pair_of_caches {
  atom_numbers numbers;
  dist::atom_cache cache;
  etf::byte_buffer terms;
  byte_string header;

  /// The term as it arrives; `terms` and `header` are what was sent.
  byte_string sent(const byte_string& term) {
    numbers.begin();
    terms.clear();
    REQUIRE(numbers.rewrite(term, terms));
    etf::byte_buffer bytes;
    numbers.write_header(bytes);
    header = bytes_of(bytes.view());
    const auto read = cache.read(header);
    REQUIRE_MESSAGE(read, read.error().message());
    CHECK(*read == header.size());
    return spelled_out(terms, cache.refs());
  }
};

TEST_CASE("an atom is told once, then goes by number") {
  pair_of_caches link;
  const byte_string ok = atom_bytes("ok");
  CHECK(link.sent(ok) == ok);
  CHECK(link.header.size() == 3 + 1 + 2);
  CHECK(to_hex(link.terms) == "5200");
  CHECK(link.sent(ok) == ok);
  CHECK(link.header.size() == 3);
  CHECK(to_hex(link.terms) == "5200");
}

TEST_CASE("every kind of value keeps what is around its atoms") {
  pair_of_caches link;
  const char* const terms[] = {"6a", "6107", "62ffffffff", "46400921fb54442d18", "6e03010203ff",
                               "6f00000002000102", "6d00000003010203", "4d0000000203f0e0",
                               "6b0003010203",
                               // atoms of other forms
                               "730161", "64000161", "76000161", "7700",
                               // {a, [b | c], #{d => e}, {}}
                               "68047701616c000000017701627701637400000001770164770165"
                               "6800",
                               // a pid, a port (two forms), a reference, fun m:f/2
                               "5877036140680000000100000002"
                               "00000003",
                               "5977036140680000000100000002",
                               "78770361406800000000000000010000000"
                               "3",
                               "5a0003770361406800000001000000020000000300000004",
                               "7177016d770166"
                               "6102"};
  for (const char* const name : {"a", "b", "c", "d", "e", "f", "m", "a@h"}) {
    REQUIRE(etf::atom::intern(name));
  }
  for (const char* const hex : terms) {
    CAPTURE(std::string(hex));
    const byte_string term = operator""_hex(hex, std::char_traits<char>::length(hex));
    REQUIRE(etf::validate(term));
    CHECK(link.sent(term) == term);
    CHECK(link.sent(term) == term);
  }
}

TEST_CASE("what is not rewritten is refused, and its new atoms are forgotten") {
  pair_of_caches link;
  const byte_string fun =
      "70000000260"
      "0000000000000000000000000000000000000000000000000"
      "77016d610061005877016e000000010000000000000001"_hex;
  for (const byte_string& term :
       {fun, bytes_of(104, 2, atom_bytes("x"), fun), bytes_of(104, 2, atom_bytes("x")),
        bytes_of(82, 0), byte_string{}, bytes_of(119, 5, 1), bytes_of(88), bytes_of(88, 106),
        bytes_of(90, 0), bytes_of(108, 0, 0), bytes_of(109, 0, 0, 0, 9, 1), bytes_of(106, 106)}) {
    CAPTURE(to_hex(term));
    link.numbers.begin();
    link.terms.clear();
    CHECK(!link.numbers.rewrite(term, link.terms));
    link.numbers.give_up();
  }
  const byte_string x = atom_bytes("x");
  CHECK(link.sent(x) == x);  // told now
  CHECK(link.header.size() > 3);
}

TEST_CASE("a name that is no atom here stays spelled out, and becomes none") {
  pair_of_caches link;
  const byte_string stranger = atom_bytes("passed_on_and_never_an_atom_here", false);
  const std::size_t before = etf::atom::count();
  CHECK(link.sent(stranger) == stranger);
  CHECK(to_hex(link.header) == "00");
  CHECK(etf::atom::count() == before);
}

TEST_CASE("more atoms than a header names, and than there are slots, all arrive") {
  pair_of_caches link;
  for (int round = 0; round < 3; ++round) {
    for (int first = 0; first < 2000; first += 50) {
      byte_string list = bytes_of(108, 0, 0, 0, 50);
      for (int i = first; i < first + 50; ++i) {
        list = bytes_of(list, atom_bytes("atom_" + std::to_string(i)));
      }
      list = bytes_of(list, 106);
      REQUIRE(link.sent(list) == list);
      REQUIRE(link.header[0] <= atom_numbers::most);
    }
  }
}

TEST_CASE("frames held back behind a large message name no atoms, so that the others may") {
  constexpr std::uint64_t agreed =
      handshake::flag::dist_hdr_atom_cache | handshake::flag::fragments;
  dist::channel out({.flags = agreed}, at({}));
  dist::channel in({.flags = agreed}, at({}));
  const etf::pid carol{"a@h"_atom, 7, 7, 3};
  const byte_string news = atom_bytes("told_while_a_large_message_waits");
  CHECK(out.send(alice, dist::send_sender{alice, bob},
                 bytes_of(109, big(std::uint32_t{200'000}), byte_string(200'000, 1))));
  CHECK(out.send(alice, dist::send_sender{alice, bob}, news));
  CHECK(out.send(carol, dist::send_sender{carol, bob}, news));
  CHECK(out.send(carol, dist::send_sender{carol, bob}, news));
  receive(in, drained(out));
  int small = 0;
  for (;;) {
    const auto event = in.next();
    REQUIRE_MESSAGE(event, event.error().message());
    if (!*event) break;
    if ((*event)->payload.size() > 1000) continue;
    ++small;
    CHECK(spelled_out((*event)->payload, (*event)->atom_refs) == news);
  }
  CHECK(small == 3);
}

TEST_CASE("without the agreed cache atoms are spelled out") {
  for (const std::uint64_t flags : {std::uint64_t{0}, handshake::flag::fragments}) {
    dist::channel out({.flags = flags}, at({}));
    CHECK(out.send(alice, dist::send_sender{alice, bob}, hello));
    const byte_string sent = drained(out);
    CHECK(std::search(sent.begin(), sent.end(), hello.begin(), hello.end()) != sent.end());
  }
}

}  // namespace
}  // namespace beamnode
