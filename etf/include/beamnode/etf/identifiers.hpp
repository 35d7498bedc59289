#pragma once
/// Pids, ports and references: names of things in the whole cluster. Values; foreign ones are kept
/// and sent back bit for bit.

#include <beamnode/etf/atom.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace beamnode::etf {

struct pid {
  atom node;
  std::uint32_t id = 0;
  std::uint32_t serial = 0;
  /// Which life of `node`: a restarted node has another one.
  std::uint32_t creation = 0;

  friend bool operator==(const pid&, const pid&) noexcept = default;
};

struct port {
  atom node;
  std::uint32_t creation = 0;
  std::uint64_t id = 0;

  friend bool operator==(const port&, const port&) noexcept = default;
};

struct reference {
  static constexpr std::size_t max_words = 5;

  atom node;
  std::uint32_t creation = 0;
  std::array<std::uint32_t, max_words> words{};
  /// 0 to 5 words are in use; the rest are zero.
  std::uint8_t count = 3;

  /// Words that are absent count as zero, as on the BEAM.
  friend bool operator==(const reference& a, const reference& b) noexcept {
    return a.node == b.node && a.creation == b.creation && a.words == b.words;
  }
};

namespace detail {
constexpr std::size_t mix(std::size_t a, std::size_t b) noexcept {
  return (a ^ b) * 0x9E37'79B9'7F4A'7C15U + (a << 6U) + (a >> 2U);
}
}  // namespace detail

}  // namespace beamnode::etf

template <> struct std::hash<beamnode::etf::pid> {
  std::size_t operator()(const beamnode::etf::pid& p) const noexcept {
    using beamnode::etf::detail::mix;
    return mix(mix(p.node.index(), p.id), mix(p.serial, p.creation));
  }
};

template <> struct std::hash<beamnode::etf::port> {
  std::size_t operator()(const beamnode::etf::port& p) const noexcept {
    using beamnode::etf::detail::mix;
    return mix(mix(p.node.index(), p.id), p.creation);
  }
};

template <> struct std::hash<beamnode::etf::reference> {
  std::size_t operator()(const beamnode::etf::reference& r) const noexcept {
    using beamnode::etf::detail::mix;
    std::size_t h = mix(r.node.index(), r.creation);
    for (const std::uint32_t word : r.words) h = mix(h, word);
    return h;
  }
};
