#pragma once
// Arguments as Erlang's own functions take them, and its arithmetic.

#include <beamnode/beamnode.hpp>

namespace conformance {

using namespace beamnode;
using namespace beamnode::etf::literals;

/// These throw error_with(badarg) for values of other types.
atom atom_of(const term& t);
pid pid_of(const term& t);
/// A pid, an alias, a name, or {Name, Node}.
destination destination_of(const term& t);
/// Milliseconds, or infinity.
duration timeout_of(const term& t);

/// A + B: integers of any size and floats. Throws error_with(badarith).
term plus(const term& a, const term& b);

}  // namespace conformance
