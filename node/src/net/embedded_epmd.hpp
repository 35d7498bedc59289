#pragma once
/// An epmd::server on sockets: the epmd of a host that has no other. It serves while its node's
/// loop runs and ends with it; the nodes that it registered find the next one by themselves.

#include <beamnode/epmd_client/server.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace beamnode::net {

class embedded_epmd {
 public:
  /// Listens on `port` of `address` and loopback, or, if it is empty, on all interfaces, unless
  /// ERL_EPMD_ADDRESS lists others. Null, and the cause in `why`, when that cannot be: somebody
  /// else's epmd may have been quicker.
  [[nodiscard]] static std::unique_ptr<embedded_epmd> start(boost::asio::io_context& io,
                                                            std::uint16_t port,
                                                            std::string_view address,
                                                            std::string& why);
  ~embedded_epmd();
  embedded_epmd(const embedded_epmd&) = delete;
  embedded_epmd& operator=(const embedded_epmd&) = delete;

 private:
  struct state;
  explicit embedded_epmd(std::shared_ptr<state> running);

  std::shared_ptr<state> state_;
};

}  // namespace beamnode::net
