#pragma once
/// What codecs know about a value that failed, beyond its bytes. Only filled when a failure is
/// being explained: see explain() in codec_support.hpp.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace beamnode::etf::detail {

class field_names {
 public:
  struct note {
    const std::uint8_t* container = nullptr;
    const std::uint8_t* failed = nullptr;
    /// Null for keyword lists, whose keys are in the bytes.
    std::string (*name)(std::size_t index) = nullptr;
  };

  void add(const note& one) {
    // Alternatives that were tried in vain leave notes too; those of the last failure are the last.
    if (notes_.size() == max_notes) {
      notes_.erase(notes_.begin(), notes_.begin() + max_notes / 2);
    }
    notes_.push_back(one);
  }
  [[nodiscard]] const note* find(const std::uint8_t* container,
                                 const std::uint8_t* failed) const noexcept {
    for (const note& one : notes_) {
      if (one.container == container && one.failed == failed) return &one;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t max_notes = 2048;
  std::vector<note> notes_;
};

}  // namespace beamnode::etf::detail
