#include "dist/atom_cache.hpp"

#include <string>

namespace beamnode::dist {
namespace {

using etf::bytes_view;

error malformed(const char* why) { return error(errc::malformed_header, why); }

/// The flags: four bits a reference and, behind the last, four for all of them.
class header_flags {
 public:
  header_flags(bytes_view bytes, std::size_t count) : bytes_(bytes), count_(count) {}
  [[nodiscard]] static std::size_t size(std::size_t count) noexcept { return count / 2 + 1; }

  [[nodiscard]] bool is_new(std::size_t i) const noexcept { return (half(i) & 8U) != 0; }
  [[nodiscard]] std::size_t segment(std::size_t i) const noexcept { return half(i) & 7U; }
  [[nodiscard]] bool long_atoms() const noexcept { return (half(count_) & 1U) != 0; }

 private:
  [[nodiscard]] unsigned half(std::size_t i) const noexcept {
    const unsigned byte = bytes_[i / 2];
    return i % 2 == 0 ? byte & 0xFU : byte >> 4U;
  }
  bytes_view bytes_;
  std::size_t count_;
};

}  // namespace

result<std::size_t> atom_cache::read(bytes_view header) {
  refs_.clear();
  if (header.empty()) return malformed("it ends before the number of its atoms");
  const std::size_t count = header[0];
  if (count == 0) return std::size_t{1};
  bytes_view left = header.subspan(1);
  if (left.size() < header_flags::size(count)) return malformed("it ends inside its flags");
  const header_flags flags(left, count);
  left = left.subspan(header_flags::size(count));
  const std::size_t length_size = flags.long_atoms() ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (left.empty()) return malformed("it ends inside its atoms");
    const std::size_t place = flags.segment(i) * 256 + left[0];
    left = left.subspan(1);
    if (flags.is_new(i)) {
      if (left.size() < length_size) return malformed("it ends inside its atoms");
      const std::size_t length =
          length_size == 2 ? etf::load_big<std::uint16_t>(left.data()) : left[0];
      left = left.subspan(length_size);
      if (left.size() < length) return malformed("it ends inside its atoms");
      const auto name = etf::atom::intern(etf::as_text(left.first(length)));
      if (!name) return error(errc::malformed_header, name.error().message());
      if (!table_) table_ = std::make_unique<std::array<slot, slots>>();
      (*table_)[place] = {*name, true};
      left = left.subspan(length);
    } else if (!table_ || !(*table_)[place].filled) {
      return malformed("it refers to an atom that was never told");
    }
    refs_.push_back((*table_)[place].name);
  }
  return header.size() - left.size();
}

}  // namespace beamnode::dist
