#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace beamnode::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One connection with much to read or write does not keep the others from their turns.
constexpr int reads_per_turn = 4;
constexpr std::size_t bytes_written_per_turn = std::size_t{2} * 1024 * 1024;

}  // namespace

connection::connection(asio::ip::tcp::socket socket, etf::atom peer, const handshake::peer& proven,
                       const dist::channel_options& options, std::size_t busy_limit, owner& to,
                       output_handler on_output, etf::byte_buffer& read_buffer)
    : conversation(peer, proven, options, busy_limit, to, clock::now()),
      socket_(std::move(socket)),
      on_output_(std::move(on_output)),
      read_buffer_(read_buffer) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void connection::has_output() {
  if (dirty_) return;
  dirty_ = true;
  on_output_(shared_from_this());
}

void connection::start(etf::bytes_view first) {
  while (!first.empty()) {
    const std::span<std::uint8_t> room = channel_.prepare();
    const std::size_t count = std::min(room.size(), first.size());
    std::copy_n(first.begin(), count, room.begin());
    channel_.commit(count, clock::now());
    first = first.subspan(count);
    if (!take_messages()) return;
  }
  owner_.on_batch();
  read();
}

void connection::wait_for_bytes() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& failed) {
                       if (self->closed_) return;
                       if (failed) return self->close({"connection_closed", failed.message()});
                       self->read();
                     });
}

void connection::read() {
  if (closed_) return;
  channel_.borrow(read_buffer_);
  const bool open = read_some();
  channel_.give_back(read_buffer_);
  if (!open) return;
  owner_.on_batch();
  wait_for_bytes();
}

bool connection::read_some() {
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    const std::span<std::uint8_t> room = channel_.prepare();
    error_code failed;
    const std::size_t count = socket_.read_some(asio::buffer(room.data(), room.size()), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) break;
    if (failed) {
      close({"connection_closed",
             failed == asio::error::eof ? "the peer closed the connection" : failed.message()});
      return false;
    }
    channel_.commit(count, clock::now());
    if (!take_messages()) return false;
    if (count < room.size()) break;
  }
  return true;
}

void connection::flush() {
  dirty_ = false;
  if (closed_ || writing_) return;
  std::size_t written = 0;
  while (channel_.pending_output() != 0) {
    if (written >= bytes_written_per_turn) {
      wait_for_write();
      break;
    }
    std::array<etf::bytes_view, 64> pieces;
    std::array<asio::const_buffer, pieces.size()> buffers;
    const std::size_t count = channel_.output(pieces);
    for (std::size_t i = 0; i < count; ++i) {
      buffers.at(i) = asio::buffer(pieces.at(i).data(), pieces.at(i).size());
    }
    error_code failed;
    const std::size_t size = socket_.write_some(std::span(buffers).first(count), failed);
    if (size != 0) channel_.written(size, clock::now());
    written += size;
    if (failed == asio::error::would_block || failed == asio::error::try_again) {
      wait_for_write();
      break;
    }
    if (failed) return close({"connection_closed", failed.message()});
  }
  release_waiting();
}

void connection::wait_for_write() {
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code& failed) {
                       self->writing_ = false;
                       if (self->closed_) return;
                       if (failed) return self->close({"connection_closed", failed.message()});
                       self->flush();
                     });
}

void connection::tick(clock::time_point now) {
  if (closed_ || now < channel_.next_tick()) return;
  switch (channel_.on_tick(now)) {
    case dist::channel::tick_action::none: break;
    case dist::channel::tick_action::sent_tick: flush(); break;
    case dist::channel::tick_action::peer_dead:
      close({"net_tick_timeout", "nothing was heard from it for the tick time"});
      break;
  }
}

void connection::close(const closing& why) {
  if (closed_) return;
  closed_ = true;
  const auto keep_alive = shared_from_this();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  release_waiting();
  owner_.on_closed(*this, why);
}

}  // namespace beamnode::net
