#pragma once
/// A message in memory: header, the atoms that its cache references name, its bytes, its trace
/// token if it has one; one allocation.

#include "runtime/pool.hpp"

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/bytes.hpp>
#include <beamnode/node/message.hpp>

#include <cstdint>
#include <new>
#include <span>

namespace beamnode::runtime {

struct envelope {
  envelope* next = nullptr;
  std::size_t size = 0;
  std::uint32_t atom_count = 0;
  std::uint32_t token_size = 0;

  [[nodiscard]] etf::atom* atoms() noexcept { return reinterpret_cast<etf::atom*>(this + 1); }
  [[nodiscard]] std::uint8_t* bytes() noexcept {
    return reinterpret_cast<std::uint8_t*>(atoms() + atom_count);
  }
  [[nodiscard]] etf::bytes_view view() noexcept { return {bytes(), size}; }
  [[nodiscard]] etf::bytes_view token() noexcept { return {bytes() + size, token_size}; }

  [[nodiscard]] static std::size_t footprint(std::size_t size, std::size_t atoms,
                                             std::size_t token) noexcept {
    return sizeof(envelope) + atoms * sizeof(etf::atom) + size + token;
  }
  static envelope_ptr make(etf::bytes_view term, std::span<const etf::atom> atom_refs,
                           etf::bytes_view token = {}) {
    void* const block = pool_allocate(footprint(term.size(), atom_refs.size(), token.size()));
    auto* const e =
        ::new (block) envelope{nullptr, term.size(), static_cast<std::uint32_t>(atom_refs.size()),
                               static_cast<std::uint32_t>(token.size())};
    std::copy(atom_refs.begin(), atom_refs.end(), e->atoms());
    if (!term.empty()) std::memcpy(e->bytes(), term.data(), term.size());
    if (!token.empty()) std::memcpy(e->bytes() + term.size(), token.data(), token.size());
    return envelope_ptr(e);
  }
};

}  // namespace beamnode::runtime
