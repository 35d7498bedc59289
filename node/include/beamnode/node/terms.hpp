#pragma once
/// The term types under the short names that programs use.

#include <beamnode/etf/codec.hpp>
#include <beamnode/etf/shape.hpp>
#include <beamnode/etf/term.hpp>

namespace beamnode {

using etf::atom;
using etf::byte_buffer;
using etf::bytes_view;
using etf::pid;
using etf::port;
using etf::reference;
using etf::term;
using etf::tuple;

/// `elixir("Enum")` is the atom that Elixir's `Enum` stands for.
[[nodiscard]] inline atom elixir(std::string_view module) {
  return atom("Elixir." + std::string(module));
}

}  // namespace beamnode
