#pragma once
/// The registered processes that every BEAM expects of a peer, written with the public API.

#include <beamnode/node/process.hpp>

namespace beamnode::otp {

/// Registered as `net_kernel`: answers net_adm:ping.
task<> net_kernel(process& self);
/// Registered as `rex`: rpc in the forms that are not erpc: of old nodes, of C programs,
/// block_call, eval_everywhere, sbcast.
task<> rex(process& self);

}  // namespace beamnode::otp
