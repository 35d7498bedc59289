// Frames with distribution headers and fragments that real nodes sent, each file one connection.
#include <doctest/doctest.h>
#include <beamnode/etf/parse.hpp>
#include <beamnode/handshake/flags.hpp>

#include <fstream>
#include <sstream>
#include <string>

#include "samples.hpp"

namespace beamnode {
namespace {

using namespace test;

constexpr std::uint64_t agreed = handshake::flag::dist_hdr_atom_cache | handshake::flag::fragments;

struct vector {
  std::string what;
  std::vector<byte_string> frames;
  std::string payload;  // Erlang text
};

std::vector<vector> load(const std::string& release) {
  std::vector<vector> all;
  std::ifstream file(BEAMNODE_VECTORS "/dist/headers_otp" + release + ".txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto frames = line.find(" -> ");
    const auto payload = line.find(" => ", frames);
    REQUIRE(payload != std::string::npos);
    vector& v = all.emplace_back();
    v.what = line.substr(0, frames);
    v.payload = line.substr(payload + 4);
    std::istringstream parts(line.substr(frames + 4, payload - frames - 4));
    for (std::string part; parts >> part;) v.frames.push_back(from_hex(part));
  }
  return all;
}

TEST_CASE("what real nodes send with atom cache and fragments is read whole") {
  for (const std::string release : {"25", "27", "29"}) {
    const auto vectors = load(release);
    REQUIRE(vectors.size() == 11);
    dist::channel channel({.flags = agreed}, at({}));
    for (const auto& [what, frames, payload] : vectors) {
      CAPTURE(release);
      CAPTURE(what);
      for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
        receive(channel, framed(frames[i]));
        const auto nothing = channel.next();
        REQUIRE_MESSAGE(nothing, nothing.error().message());
        CHECK(!*nothing);
      }
      receive(channel, framed(frames.back()));
      const auto event = channel.next();
      REQUIRE_MESSAGE(event, event.error().message());
      REQUIRE(*event);
      const auto wanted = etf::parse_term(payload);
      REQUIRE_MESSAGE(wanted, wanted.error().message());
      const auto got = etf::term::decode_bare((*event)->payload, {}, (*event)->atom_refs);
      REQUIRE_MESSAGE(got, got.error().message());
      CHECK(*got == *wanted);
      // The same by itself, without the cache.
      etf::byte_buffer alone;
      etf::writer(alone).write_encoded((*event)->payload, (*event)->atom_refs);
      CHECK(*etf::term::decode_bare(alone) == *wanted);
    }
  }
}

TEST_CASE("atoms are remembered in the order of their frames, and no other order will do") {
  const auto vectors = load("25");
  dist::channel channel({.flags = agreed}, at({}));
  receive(channel, framed(vectors[1].frames[0]));
  const auto event = channel.next();
  REQUIRE(!event);
  CHECK(event.error().message() ==
        "the peer sent a malformed distribution header: it refers to an atom that was never told");
}

TEST_CASE(
    "a frame of a real node that is cut anywhere ends the connection or is a shorter message") {
  for (const auto& v : load("29")) {
    const byte_string& whole = v.frames.front();
    for (std::size_t size = 1; size < std::min<std::size_t>(whole.size(), 2000); ++size) {
      dist::channel channel({.flags = agreed}, at({}));
      receive(channel, framed(etf::bytes_view(whole).first(size)));
      const auto event = channel.next();
      if (!event) CHECK(!event.error().message().empty());
    }
  }
}

}  // namespace
}  // namespace beamnode
