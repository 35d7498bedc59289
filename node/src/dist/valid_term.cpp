#include "dist/valid_term.hpp"

namespace beamnode::dist {

etf::bytes_view read_valid_term(etf::reader& in) { return in.skip(); }

}  // namespace beamnode::dist
