#pragma once
/// Keeps a list of peers connected: one attempt after the other, further and further apart.

#include "net/backoff.hpp"
#include "net/failure.hpp"

#include <beamnode/etf/atom.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace beamnode::net {

class reconnector {
 public:
  using completion = std::function<void(const failure* why)>;  // null: connected
  using connector = std::function<void(etf::atom node, completion done)>;
  using logger = std::function<void(const std::string& sentence)>;

  reconnector(boost::asio::io_context& io, const std::vector<etf::atom>& peers, backoff pauses,
              connector connect, logger log);

  /// The first attempt at each peer.
  void start();
  /// A connection with `node`, whoever made it.
  void on_up(etf::atom node);
  /// It has gone; `on_purpose`: we closed it, and it shall stay so until it is there again.
  void on_down(etf::atom node, bool on_purpose);
  /// No attempt begins after this.
  void stop();

 private:
  struct kept {
    kept(boost::asio::io_context& io, backoff rhythm) : pauses(rhythm), timer(io) {}
    backoff pauses;
    boost::asio::steady_timer timer;
    bool up = false;
    bool wanted = true;
    bool told = false;  // why the first attempt of this outage failed
  };

  void attempt(etf::atom node);
  void failed(etf::atom node, const failure& why);
  [[nodiscard]] kept* find(etf::atom node);

  std::unordered_map<etf::atom, std::shared_ptr<kept>> peers_;
  connector connect_;
  logger log_;
  bool stopped_ = false;
};

}  // namespace beamnode::net
