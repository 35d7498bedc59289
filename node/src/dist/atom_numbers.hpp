#pragma once
/// The sending side of the atom cache (erl_dist_protocol: Distribution Header): atoms go by number
/// once the peer knows them. A BEAM takes such messages faster than those that spell atoms out.

#include <beamnode/etf/atom.hpp>
#include <beamnode/etf/byte_buffer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace beamnode::dist {

class atom_numbers {
 public:
  /// Of one connection; OTP has 2048. Few atoms make up nearly all that is sent.
  static constexpr std::size_t slots = 512;
  /// Named by one header; further ones are spelled out.
  static constexpr std::size_t most = 32;

  /// A new frame. The one before must have been sent, or given up.
  void begin() noexcept { count_ = 0; }

  /// Appends one well-formed term with its atoms as numbers. False for a term that holds what is
  /// not rewritten (funs, native records, old forms); nothing is sent then: give_up().
  [[nodiscard]] bool rewrite(etf::bytes_view term, etf::byte_buffer& out);

  /// The atoms of the frame, from their count on. What they number must follow.
  void write_header(etf::byte_buffer& out) const;

  /// The frame is not sent: the peer will not know its new atoms.
  void give_up() noexcept;

 private:
  struct reference {
    std::uint16_t slot = 0;
    bool is_new = false;
  };

  [[nodiscard]] std::optional<std::uint8_t> number_of(etf::bytes_view text);

  std::unique_ptr<std::array<etf::atom, slots>> table_;  // '' where nothing is
  std::array<reference, most> references_{};
  std::size_t count_ = 0;
};

}  // namespace beamnode::dist
