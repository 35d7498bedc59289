#pragma once
/// A conversation over a socket: reads into the channel, writes what it has, closes when it says
/// so. Reading never waits for user code: messages go to mailboxes and the next read starts.

#include "net/conversation.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

namespace beamnode::net {

class connection final : public conversation, public std::enable_shared_from_this<connection> {
 public:
  /// Called when there is something to write: flush() is wanted when the turn ends.
  using output_handler = std::function<void(std::shared_ptr<connection>)>;

  /// `read_buffer`: where all connections of a node read, one after the other.
  connection(boost::asio::ip::tcp::socket socket, etf::atom peer, const handshake::peer& proven,
             const dist::channel_options& options, std::size_t busy_limit, owner& to,
             output_handler on_output, etf::byte_buffer& read_buffer);

  /// `first` arrived behind the handshake.
  void start(etf::bytes_view first);
  void flush();
  void tick(clock::time_point now);
  void close(const closing& why) override;

 private:
  void has_output() override;
  void wait_for_bytes();
  void read();
  /// False when the connection is closed now.
  bool read_some();
  void wait_for_write();

  boost::asio::ip::tcp::socket socket_;
  output_handler on_output_;
  etf::byte_buffer& read_buffer_;
  bool dirty_ = false;
  bool writing_ = false;
};

}  // namespace beamnode::net
