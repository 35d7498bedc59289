#pragma once
/// A message in memory: header, the atoms that its cache references name, its bytes, its trace
/// token if it has one; one allocation, and the buffer of a large term that came in one.

#include "runtime/pool.hpp"

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/shared_buffer.hpp>
#include <beamnode/node/message.hpp>

#include <cstdint>
#include <new>
#include <span>

namespace beamnode::runtime {

struct envelope {
  /// A term that came in a buffer of its own and stays there, as may large binaries of it when the
  /// message is gone.
  struct elsewhere {
    etf::shared_buffer buffer;
    etf::bytes_view term;
  };

  envelope* next = nullptr;
  std::size_t size = 0;
  std::uint32_t token_size = 0;
  std::uint16_t atom_count = 0;
  bool is_elsewhere = false;

  [[nodiscard]] etf::atom* atoms() noexcept {
    return reinterpret_cast<etf::atom*>(behind_header() + (is_elsewhere ? sizeof(elsewhere) : 0));
  }
  [[nodiscard]] etf::bytes_view view() noexcept {
    return is_elsewhere ? place().term : etf::bytes_view(behind_atoms(), size);
  }
  [[nodiscard]] etf::bytes_view token() noexcept { return {token_place(), token_size}; }
  [[nodiscard]] std::size_t footprint() const noexcept {
    return sizeof(envelope) + atom_count * sizeof(etf::atom) + token_size +
           (is_elsewhere ? sizeof(elsewhere) : size);
  }
  /// What the term lies in, if that is shared; else null.
  [[nodiscard]] const etf::shared_buffer* buffer() noexcept {
    return is_elsewhere ? &place().buffer : nullptr;
  }
  /// Ends what make() began, but for the memory.
  void dispose() noexcept {
    if (is_elsewhere) place().~elsewhere();
  }

  /// A term that nothing comes with.
  static envelope_ptr make(etf::bytes_view term) {
    auto* const e = ::new (pool_allocate(sizeof(envelope) + term.size())) envelope;
    e->size = term.size();
    std::memcpy(e->behind_header(), term.data(), term.size());
    return envelope_ptr(e);
  }

  /// `owner`: a buffer whose part `term` is, or null. A large term is not copied from it: the
  /// message takes the buffer.
  static envelope_ptr make(etf::bytes_view term, std::span<const etf::atom> atom_refs,
                           etf::bytes_view token = {}, etf::byte_buffer* owner = nullptr) {
    constexpr std::size_t worth_taking = std::size_t{32} * 1024;
    const bool takes = owner != nullptr && term.size() >= worth_taking;
    return make_in(term, atom_refs, token, takes ? etf::share(std::move(*owner)) : nullptr);
  }
  /// `buffer`: where `term` lies, or null. A term that is most of it is not copied.
  static envelope_ptr make_part(etf::bytes_view term, std::span<const etf::atom> atom_refs,
                                const etf::shared_buffer* buffer) {
    const bool shares =
        buffer != nullptr && *buffer != nullptr && etf::is_worth_sharing(term.size(), **buffer);
    return make_in(term, atom_refs, {}, shares ? *buffer : nullptr);
  }

 private:
  static envelope_ptr make_in(etf::bytes_view term, std::span<const etf::atom> atom_refs,
                              etf::bytes_view token, etf::shared_buffer buffer) {
    envelope shape{.size = term.size(),
                   .token_size = static_cast<std::uint32_t>(token.size()),
                   .atom_count = static_cast<std::uint16_t>(atom_refs.size()),
                   .is_elsewhere = buffer != nullptr};
    auto* const e = ::new (pool_allocate(shape.footprint())) envelope(shape);
    if (e->is_elsewhere) {
      ::new (e->behind_header()) elsewhere{std::move(buffer), term};
    } else if (!term.empty()) {
      std::memcpy(e->behind_atoms(), term.data(), term.size());
    }
    std::copy(atom_refs.begin(), atom_refs.end(), e->atoms());
    if (!token.empty()) {
      std::memcpy(e->token_place(), token.data(), token.size());
    }
    return envelope_ptr(e);
  }

  [[nodiscard]] std::uint8_t* behind_header() noexcept {
    return reinterpret_cast<std::uint8_t*>(this + 1);
  }
  [[nodiscard]] elsewhere& place() noexcept {
    return *std::launder(reinterpret_cast<elsewhere*>(behind_header()));
  }
  [[nodiscard]] std::uint8_t* token_place() noexcept {
    return behind_atoms() + (is_elsewhere ? 0 : size);
  }
  [[nodiscard]] std::uint8_t* behind_atoms() noexcept {
    return reinterpret_cast<std::uint8_t*>(atoms() + atom_count);
  }
};

}  // namespace beamnode::runtime
