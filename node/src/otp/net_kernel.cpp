#include "otp/services.hpp"

#include <beamnode/node/gen_server.hpp>

namespace beamnode::otp {

namespace {
struct is_auth {
  atom asking;
};
}  // namespace

}  // namespace beamnode::otp

template <>
struct beamnode::etf::codec<beamnode::otp::is_auth>
    : tagged_tuple_codec<beamnode::otp::is_auth, "is_auth", &beamnode::otp::is_auth::asking> {};

namespace beamnode::otp {

task<> net_kernel(process& self) {
  co_await serve(
      self, on_call([](is_auth) { return atom("yes"); }),
      on_call([](const term&, const from&) {}),  // of other releases: no answer, as on a BEAM
      on_cast([](const term&) {}));
}

}  // namespace beamnode::otp
