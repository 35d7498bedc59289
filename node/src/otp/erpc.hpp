#pragma once
/// erpc, the serving side: peers spawn erpc:execute_call/4 and execute_cast/3 on us (OTP's module
/// erpc); the answer to a call is the exit reason of that process.

#include "otp/exports.hpp"

namespace beamnode::otp {

/// `functions` must outlive the processes that run.
void serve_erpc(exports& functions);

}  // namespace beamnode::otp
