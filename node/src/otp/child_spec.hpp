#pragma once
/// Child specifications as supervisor's functions take and give them.

#include <beamnode/node/supervisor.hpp>

namespace beamnode::otp {

/// #{id => Id, start => {M, F, A}, ...} or {Id, {M, F, A}, Restart, Shutdown, Type, Modules}. The
/// failure is that of supervisor:start_child/2.
call_result<child_spec> read_child_spec(const term& spec);
/// As get_childspec/2 gives it.
term child_spec_term(const child_spec& spec);
/// As which stands in the reason of a start_child/2 that failed: the record `child`.
term child_record(const child_spec& spec);
/// [Module], of the function that starts it.
term child_modules(const child_spec& spec);
atom child_type(const child_spec& spec);

}  // namespace beamnode::otp
