#pragma once
/// The files in tests/vectors, which real BEAMs wrote: columns with tabs between them.

#include <doctest/doctest.h>
#include <beamnode/etf/byte_buffer.hpp>

#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/hex.hpp"

namespace beamnode::test {

/// The columns of each line that is no comment. The last one may have tabs inside.
inline std::vector<std::vector<std::string>> vector_lines(const std::string& name,
                                                          std::size_t columns) {
  std::ifstream file(std::string(BEAMNODE_VECTORS) + "/" + name);
  REQUIRE(file.is_open());
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string>& made = lines.emplace_back();
    std::size_t begin = 0;
    while (made.size() + 1 < columns) {
      const std::size_t tab = line.find('\t', begin);
      REQUIRE_MESSAGE(tab != std::string::npos, line);
      made.push_back(line.substr(begin, tab - begin));
      begin = tab + 1;
    }
    made.push_back(line.substr(begin));
  }
  return lines;
}

struct term_vector {
  etf::byte_buffer bytes;
  std::string text;  // as ~0tp writes it, or "-"
  std::string expression;
};

/// What one release wrote: "25", "27" or "29". Read once.
inline const std::vector<term_vector>& term_vectors(const std::string& release) {
  static std::map<std::string, std::vector<term_vector>> read;
  std::vector<term_vector>& vectors = read[release];
  if (!vectors.empty()) return vectors;
  for (std::vector<std::string>& line : vector_lines("otp" + release + ".txt", 3)) {
    vectors.push_back(
        {etf::byte_buffer(from_hex(line[0])), std::move(line[1]), std::move(line[2])});
  }
  REQUIRE(vectors.size() > 4500);
  return vectors;
}

}  // namespace beamnode::test
