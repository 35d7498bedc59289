#include <beamnode/node/use_task.hpp>

#include "runtime/shard.hpp"

namespace beamnode {

boost::asio::io_context& io_context_of(process& self) noexcept {
  return *static_cast<boost::asio::io_context*>(runtime::state_of(self).home.loop());
}

}  // namespace beamnode
