#pragma once
/// The registered processes that every BEAM expects of a peer, written with the public API.

#include <beamnode/node/process.hpp>

namespace beamnode::otp {

/// Registered as `net_kernel`: answers net_adm:ping.
task<> net_kernel(process& self);
/// Registered as `rex`: tells others that erpc works here.
task<> rex(process& self);

}  // namespace beamnode::otp
