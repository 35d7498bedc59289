#include "otp/services.hpp"

#include <beamnode/etf/codec.hpp>

#include <vector>

namespace beamnode::otp {

task<> rex(process& self) {
  using features_request = std::tuple<pid, etf::literal<"features_request">>;
  for (;;) {
    co_await self.receive(
        [&](const features_request& asked) {
          self.send(std::get<0>(asked),
                    tuple(atom("features_reply"), self.node(), std::vector<atom>{atom("erpc")}));
        },
        [](const message&) {});  // what is not understood is dropped, as on a BEAM
  }
}

}  // namespace beamnode::otp
