// Finds the end of a term: a loop with a count of the terms still to pass, whatever their nesting.
#include <beamnode/etf/reader.hpp>

#include "extent.hpp"

namespace beamnode::etf {

bytes_view reader::skip() noexcept {
  const std::uint8_t* const start = next_;
  for (std::size_t pending = 1; pending != 0; --pending) {
    if (!has(pending)) return {};
    const extent found = extent_finder{rest()}.find();
    if (!found.is_term) {
      fail_expecting(kind::none);
      return {};
    }
    if (found.size == 0 || remaining() < found.size) {
      fail(errc::truncated);
      return {};
    }
    next_ += found.size;
    pending += found.nested;
  }
  return {start, static_cast<std::size_t>(next_ - start)};
}

}  // namespace beamnode::etf
