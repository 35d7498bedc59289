#pragma once
/// The process `beamnode`: starts processes of this node for supervisors, here or on BEAMs. A child
/// of Erlang's supervisor is one with
///     start => {gen_server, call, [{beamnode, Node}, {start_link, M, F, A}, infinity]}
/// where M:F is an exported function: the caller gets {ok, Pid}, and is linked to it, when the
/// process is up (see init_ack.hpp); else {error, Reason}.

#include "otp/exports.hpp"

namespace beamnode::otp {

task<> starter(process& self, const exports* functions);

}  // namespace beamnode::otp
