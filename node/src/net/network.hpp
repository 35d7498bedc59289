#pragma once
/// The node's place in the cluster: who is connected, who is being connected, and every signal's
/// way out and in. One entry per peer; all callers share one attempt and their signals wait for it.

#include "net/carrier.hpp"
#include "net/connection.hpp"
#include "net/dialer.hpp"
#include "net/embedded_epmd.hpp"
#include "net/reconnector.hpp"

#include <beamnode/node/node.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace beamnode::net {

class network final : public carrier {
 public:
  using completion = std::function<void(const failure* why)>;  // null: connected

  network(boost::asio::io_context& io, const node_options& options, etf::node_name name,
          std::uint32_t creation, std::function<void()> kick);
  ~network() override;

  /// Listens, registers and begins to keep peers connected, as the options say. Null on success.
  boost::asio::awaitable<std::optional<failure>> start();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void set_cookie(std::string peer, std::string cookie);
  /// Connects, or joins the attempt that is under way.
  void connect(etf::atom node, completion done);
  /// Writes what the turn produced.
  void flush();
  void close_all();

  void connect(etf::atom node, const etf::pid& caller, const etf::reference& ref) override;
  bool disconnect(etf::atom node) override;

 private:
  struct peer_entry {
    std::shared_ptr<connection> up;
    bool dialing = false;       // our own attempt is under way
    bool handshaking = false;   // and its handshake has begun
    bool expecting = false;     // or an attempt of the peer has taken its place
    std::uint64_t attempt = 0;  // which one; another one makes it unwanted
    bool alive_asked = false;   // an incoming attempt waits for its answer to `alive`
    std::vector<completion> callers;
  };

  /// What an incoming attempt has set in motion at its peer's entry.
  struct newcomer {
    bool asked_alive = false;
    bool expected = false;  // counted in expected_
  };

  // network.cpp
  boost::system::error_code open_listener();
  [[nodiscard]] bool uses_epmd() const noexcept;
  [[nodiscard]] epmd::options epmd_options() const;
  /// Becomes the epmd of this host, if nobody else is.
  void embed_epmd(std::uint16_t port);
  void dial_peer(etf::atom node) override;
  void kick() override { kick_(); }
  void on_closed(conversation& gone, const closing& why) override;
  /// Where a node listens, when epmd need not be asked.
  [[nodiscard]] etf::basic_result<std::optional<node_address>, failure> place_of(
      const etf::node_name& peer) const;
  boost::asio::awaitable<void> run_dial(etf::atom node, std::uint64_t attempt);
  void attempt_failed(etf::atom node, const failure& why);
  void go_up(etf::atom node, boost::asio::ip::tcp::socket socket, const handshake::outcome& proven);
  [[nodiscard]] handshake::local_node local() const;
  [[nodiscard]] std::string cookie_for(std::string_view peer) const;
  void arm_ticks();

  // admission.cpp
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> take_in(boost::asio::ip::tcp::socket socket);
  void expect(const handshake::claim& claim, newcomer& who);
  [[nodiscard]] bool is_expected(const std::string& peer) const;
  void arrived(const std::string& claimed, const newcomer& who);
  void turned_away(const std::string& claimed, const newcomer& who);
  [[nodiscard]] handshake::decision decide(const handshake::claim& claim, newcomer& who);
  [[nodiscard]] bool refuses(etf::atom node);

  boost::asio::io_context& io_;
  const node_options& options_;
  etf::node_name name_;
  etf::atom node_;
  std::uint32_t creation_;
  std::function<void()> kick_;
  boost::asio::ip::tcp::acceptor listener_;
  std::unique_ptr<embedded_epmd> embedded_epmd_;
  std::unique_ptr<epmd::registration> registration_;
  boost::asio::steady_timer tick_timer_;
  bool ticking_ = false;
  bool closing_ = false;
  std::uint16_t port_ = 0;
  /// Numbers attempts. One for all entries: an entry may come back while an attempt of its former
  /// life is still under way.
  std::uint64_t attempts_ = 0;
  /// In their handshakes, the oldest first. Shared with those: they may outlive this object by the
  /// end of the loop.
  std::shared_ptr<std::list<boost::asio::ip::tcp::socket*>> newcomers_ =
      std::make_shared<std::list<boost::asio::ip::tcp::socket*>>();
  /// Names under which others were let into a handshake that goes on, and how often: while the
  /// peer itself is on its way in, an attempt of ours would only cross it. Text, because nothing is
  /// proven yet.
  std::unordered_map<std::string, std::size_t> expected_;
  std::unordered_map<std::string, std::string> cookies_;
  std::unordered_map<etf::atom, peer_entry> peers_;
  std::vector<std::shared_ptr<connection>> dirty_;
  etf::byte_buffer read_buffer_;  // shared by all connections
  /// Peers that we have disconnected, and until when they may not come back by themselves.
  std::unordered_map<etf::atom, connection::clock::time_point> refused_until_;
  reconnector kept_;
};

}  // namespace beamnode::net
