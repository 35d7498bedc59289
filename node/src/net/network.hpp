#pragma once
/// The node's place in the cluster: who is connected, who is being connected, and every signal's
/// way out and in. One entry per peer; all callers share one attempt and their signals wait for it.

#include "net/connection.hpp"
#include "net/dialer.hpp"
#include "net/embedded_epmd.hpp"
#include "net/reconnector.hpp"
#include "runtime/shard.hpp"

#include <beamnode/node/node.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace beamnode::net {

class network final : public runtime::remote, public connection::owner {
 public:
  using completion = std::function<void(const failure* why)>;  // null: connected

  network(boost::asio::io_context& io, const node_options& options, etf::node_name name,
          std::uint32_t creation, std::function<void()> kick);
  ~network() override;

  void attach(runtime::shard& shard) noexcept { shard_ = &shard; }

  /// Listens, registers and begins to keep peers connected, as the options say. Null on success.
  boost::asio::awaitable<std::optional<failure>> start();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void set_cookie(std::string peer, std::string cookie);
  /// Connects, or joins the attempt that is under way.
  void connect(etf::atom node, completion done);
  /// Writes what the turn produced.
  void flush();
  void close_all();

  bool send(const etf::pid& from, const etf::pid& to, etf::bytes_view message) override;
  bool send(const etf::pid& from, etf::atom name, etf::atom node, etf::bytes_view message) override;
  bool send(const etf::pid& from, const etf::reference& alias, etf::bytes_view message) override;
  void link(const etf::pid& from, const etf::pid& to) override;
  void unlink(std::uint64_t id, const etf::pid& from, const etf::pid& to) override;
  void unlink_ack(std::uint64_t id, const etf::pid& from, const etf::pid& to) override;
  void exit(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) override;
  void exit2(const etf::pid& from, const etf::pid& to, etf::bytes_view reason) override;
  void monitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) override;
  void monitor(const etf::pid& from, etf::atom name, etf::atom node,
               const etf::reference& ref) override;
  void demonitor(const etf::pid& from, const etf::pid& to, const etf::reference& ref) override;
  void demonitor(const etf::pid& from, etf::atom name, etf::atom node,
                 const etf::reference& ref) override;
  void monitor_exit(const etf::pid& watched, etf::atom name, const etf::pid& watcher,
                    const etf::reference& ref, etf::bytes_view reason) override;
  void spawn_request(const etf::reference& id, const etf::pid& from, const etf::pid& group_leader,
                     etf::atom node, const mfa_call& call, bool link, bool monitor) override;
  void spawn_reply(const etf::reference& id, const etf::pid& to, bool linked, bool monitored,
                   const etf::pid& child) override;
  void spawn_error(const etf::reference& id, const etf::pid& to, etf::atom reason) override;
  void group_leader(const etf::pid& leader, const etf::pid& to) override;
  [[nodiscard]] std::vector<etf::atom> visible_nodes() const override;
  void connect(etf::atom node, const etf::pid& caller, const etf::reference& ref) override;
  bool disconnect(etf::atom node) override;

 private:
  struct peer_entry {
    std::shared_ptr<connection> up;
    bool dialing = false;       // our own attempt is under way
    bool handshaking = false;   // and its handshake has begun
    bool expecting = false;     // or an attempt of the peer has taken its place
    std::uint64_t attempt = 0;  // which one; a newer one makes an older one unwanted
    bool alive_asked = false;   // an incoming attempt waits for its answer to `alive`
    std::size_t waiting_bytes = 0;
    bool overflowed = false;  // more wanted to wait than may
    std::deque<std::function<void(connection&)>> waiting;
    std::vector<completion> callers;
  };

  // outgoing.cpp
  /// Sends, or connects and sends then. False when the peer takes data too slowly.
  template <class Control>
  bool deliver(etf::atom node, const etf::pid& sender, const Control& control,
               etf::bytes_view payload);
  template <class Control>
  void deliver_if_up(etf::atom node, const etf::pid& sender, const Control& control,
                     etf::bytes_view payload);
  /// Keeps a signal until the connection is there, within options.pending_limit.
  void wait_for(etf::atom node, std::size_t size, std::function<void(connection&)> emit);
  /// False for signals to a former life of the peer, which must not be sent.
  [[nodiscard]] bool same_life(const etf::pid& to) const;

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
  void dial_peer(etf::atom node);
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

  // incoming.cpp
  void on_message(connection& from, const dist::channel::event& event) override;
  void on_batch() override { kick_(); }
  void on_closed(connection& gone, const closing& why) override;
  void on_output(connection& from) override { dirty_.push_back(from.shared_from_this()); }
  void on_unsendable(connection& to, std::size_t bytes) override;
  void on_writable(const etf::pid& sender) override;

  boost::asio::io_context& io_;
  const node_options& options_;
  etf::node_name name_;
  etf::atom node_;
  std::uint32_t creation_;
  std::function<void()> kick_;
  runtime::shard* shard_ = nullptr;
  boost::asio::ip::tcp::acceptor listener_;
  std::unique_ptr<embedded_epmd> embedded_epmd_;
  std::unique_ptr<epmd::registration> registration_;
  boost::asio::steady_timer tick_timer_;
  bool ticking_ = false;
  bool closing_ = false;
  std::uint16_t port_ = 0;
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
  /// Peers that we have disconnected, and until when they may not come back by themselves.
  std::unordered_map<etf::atom, connection::clock::time_point> refused_until_;
  reconnector kept_;
};

}  // namespace beamnode::net
