#pragma once
/// Recorded handshakes of real Erlang releases (tests/vectors/handshake, see capture.py there).

#include "support/hex.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode::handshake::test {

/// All that one side wrote before the other answered.
struct turn {
  bool by_erlang = false;
  beamnode::test::byte_string bytes;
};

struct transcript {
  std::vector<turn> turns;
  bool closed_by_erlang = false;

  /// The payload of the first message of Erlang's `which` turn, from 0.
  [[nodiscard]] etf::bytes_view payload(std::size_t which) const {
    etf::bytes_view bytes = turns.at(which).bytes;
    return bytes.subspan(2, etf::load_big<std::uint16_t>(bytes.data()));
  }
};

inline transcript recorded(std::string_view release, std::string_view name) {
  const std::string path =
      std::string(BEAMNODE_VECTORS) + "/handshake/otp" + std::string(release) + ".txt";
  std::ifstream in(path);
  REQUIRE_MESSAGE(in.good(), "cannot open ", path);
  transcript found;
  bool wanted = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("case ")) {
      wanted = line.substr(5) == name;
    } else if (wanted && line == "closed") {
      found.closed_by_erlang = true;
    } else if (wanted) {
      const bool by_erlang = line.front() == '<';
      if (found.turns.empty() || found.turns.back().by_erlang != by_erlang) {
        found.turns.push_back({by_erlang, {}});
      }
      const auto bytes = beamnode::test::from_hex(std::string_view(line).substr(2));
      auto& all = found.turns.back().bytes;
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
  }
  REQUIRE_MESSAGE(!found.turns.empty(), "no case '", name, "' in ", path);
  return found;
}

}  // namespace beamnode::handshake::test
