#pragma once
/// From a node's name to a connected, proven socket: ask epmd if need be, resolve, connect, shake
/// hands.

#include "net/failure.hpp"

#include <beamnode/epmd_client/client.hpp>
#include <beamnode/etf/node_name.hpp>
#include <beamnode/handshake/perform.hpp>
#include <beamnode/node/options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace beamnode::net {

struct dial_order {
  etf::node_name peer;
  std::optional<node_address> at;  // none: ask epmd
  handshake::local_node local;
  std::string cookie;
  epmd::options epmd;
  std::chrono::milliseconds setup_time{7000};
  /// Whether the attempt is still wanted: asked before the handshake, and when the peer believes us
  /// connected.
  std::function<bool()> still_wanted;
  /// Called when the handshake begins: from then on a simultaneous attempt of the peer may lose.
  std::function<void()> on_handshake;
};

struct dialed {
  boost::asio::ip::tcp::socket socket;
  handshake::outcome handshake;
};

using dial_result = etf::basic_result<std::optional<dialed>, failure>;

boost::asio::awaitable<dial_result> dial(dial_order order);

/// Unpredictable 32 bits, for challenges and creations.
[[nodiscard]] std::uint32_t random_word();

}  // namespace beamnode::net
