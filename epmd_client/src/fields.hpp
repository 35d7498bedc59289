#pragma once
/// The fields of epmd's messages, one after the other.

#include <beamnode/etf/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace beamnode::epmd {

enum class tag : std::uint8_t {
  dump = 100,
  kill = 107,
  names = 110,
  stop = 115,
  alive2_x_resp = 118,
  port2_resp = 119,
  alive2 = 120,
  alive2_resp = 121,
  port_please2 = 122,
};

/// Reads a message; remembers whether it ran out of bytes.
class cursor {
 public:
  explicit cursor(etf::bytes_view bytes) : bytes_(bytes) {}
  template <std::unsigned_integral T> T number() {
    const etf::bytes_view taken = take(sizeof(T));
    return complete_ ? etf::load_big<T>(taken.data()) : T{};
  }
  std::string text(std::size_t size) { return std::string(etf::as_text(take(size))); }
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  etf::bytes_view take(std::size_t size) {
    if (bytes_.size() - used_ < size) complete_ = false;
    if (!complete_) return {};
    const etf::bytes_view taken = bytes_.subspan(used_, size);
    used_ += size;
    return taken;
  }

  etf::bytes_view bytes_;
  std::size_t used_ = 0;
  bool complete_ = true;
};

}  // namespace beamnode::epmd
