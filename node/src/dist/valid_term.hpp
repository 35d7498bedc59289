#pragma once
/// Encoded terms that are passed on as bytes: whole and valid before anybody else sees them.

#include <beamnode/etf/reader.hpp>

namespace beamnode::dist {

/// Passes over the next term and returns its bytes; fails as the reader does where it is invalid.
[[nodiscard]] etf::bytes_view read_valid_term(etf::reader& in);

}  // namespace beamnode::dist
