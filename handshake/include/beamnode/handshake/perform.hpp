#pragma once
/// Runs a handshake machine over a connected stream, with a deadline per network step.
///
/// The coroutines neither open nor close the stream: on failure the caller closes it, on success it
/// belongs to the distribution channel. They run on the stream's executor, which must not run two
/// of its handlers at once (one thread, or a strand). No error is thrown but std::bad_alloc, what
/// the caller's own functions throw, and, as with every Asio coroutine, system_error if the
/// awaiting coroutine is cancelled.

#include <beamnode/handshake/acceptor.hpp>
#include <beamnode/handshake/initiator.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <span>

namespace beamnode::handshake {

/// A connected byte stream: TCP, or TLS with its own handshake behind it.
class stream {
 public:
  virtual ~stream() = default;
  [[nodiscard]] virtual boost::asio::any_io_executor get_executor() = 0;
  /// At least one byte, or an error (end of file is one). Must heed per-operation cancellation.
  virtual boost::asio::awaitable<std::size_t> read_some(std::span<std::uint8_t> into,
                                                        boost::system::error_code& failed) = 0;
  virtual boost::asio::awaitable<std::size_t> write_some(etf::bytes_view from,
                                                         boost::system::error_code& failed) = 0;
};

struct outcome {
  handshake::peer peer;
  /// Received behind the last handshake message: the first bytes of the distribution channel.
  etf::byte_buffer leftover;
};

using deadline = std::chrono::steady_clock::duration;

/// OTP's net_setuptime.
inline constexpr deadline default_step_timeout = std::chrono::seconds(7);

/// `step_timeout` starts anew at each read and write; on expiry the handshake ends with timed_out.
/// `still_wanted` is asked when the peer believes that we are connected already.
boost::asio::awaitable<result<outcome>> initiate(stream& with, initiator& machine,
                                                 deadline step_timeout,
                                                 std::function<alive_answer()> still_wanted);
boost::asio::awaitable<result<outcome>> initiate(boost::asio::ip::tcp::socket& with,
                                                 initiator& machine, deadline step_timeout,
                                                 std::function<alive_answer()> still_wanted);

/// `decide` answers the claim; `confirm` is awaited once the peer has proven the cookie and returns
/// when the caller is ready for it (true) or will not have it (false). The time `confirm` takes is
/// the caller's own: no deadline runs meanwhile.
boost::asio::awaitable<result<outcome>> accept(
    stream& with, acceptor& machine, deadline step_timeout,
    std::function<decision(const claim&)> decide,
    std::function<boost::asio::awaitable<bool>(const peer&)> confirm);
boost::asio::awaitable<result<outcome>> accept(
    boost::asio::ip::tcp::socket& with, acceptor& machine, deadline step_timeout,
    std::function<decision(const claim&)> decide,
    std::function<boost::asio::awaitable<bool>(const peer&)> confirm);

}  // namespace beamnode::handshake
