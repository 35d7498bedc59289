#include <beamnode/handshake/perform.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <utility>

namespace beamnode::handshake {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using asio::experimental::awaitable_operators::operator||;

class tcp_stream final : public stream {
 public:
  explicit tcp_stream(asio::ip::tcp::socket& socket) : socket_(socket) {}

  asio::any_io_executor get_executor() override { return socket_.get_executor(); }
  asio::awaitable<std::size_t> read_some(std::span<std::uint8_t> into,
                                         error_code& failed) override {
    co_return co_await socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                               asio::redirect_error(asio::use_awaitable, failed));
  }
  asio::awaitable<std::size_t> write_some(etf::bytes_view from, error_code& failed) override {
    co_return co_await socket_.async_write_some(asio::buffer(from.data(), from.size()),
                                                asio::redirect_error(asio::use_awaitable, failed));
  }

 private:
  asio::ip::tcp::socket& socket_;
};

// One handshake on one stream: the machine decides, this moves bytes.
class performance {
 public:
  performance(stream& with, conversation& machine, deadline step_timeout)
      : stream_(with),
        machine_(machine),
        step_timeout_(step_timeout),
        timer_(with.get_executor()) {}

  // Until the machine wants something only the caller can give, or is over.
  asio::awaitable<phase> advance() {
    for (;;) {
      const phase now = machine_.status();
      if (now == phase::wants_output) {
        co_await write();
      } else if (now == phase::wants_input) {
        if (!use_received()) co_await read();
      } else {
        co_return now;
      }
    }
  }

  result<outcome> ending() {
    if (machine_.status() != phase::done) return machine_.failure();
    return outcome{machine_.outcome(), std::move(received_)};
  }

 private:
  bool use_received() {
    const auto used = machine_.feed(received_);
    if (!used) return true;
    received_.remove_front(*used);
    return *used != 0;
  }

  asio::awaitable<void> read() {
    std::array<std::uint8_t, 4096> bytes;
    error_code failed;
    if (const auto size = co_await in_time(stream_.read_some(bytes, failed), failed)) {
      received_.append(etf::bytes_view(bytes).first(size));
    }
  }

  asio::awaitable<void> write() {
    error_code failed;
    if (const auto size = co_await in_time(stream_.write_some(machine_.output(), failed), failed)) {
      machine_.written(size);
    }
  }

  // Bytes moved; 0 after the machine was told what went wrong.
  asio::awaitable<std::size_t> in_time(asio::awaitable<std::size_t> operation, error_code& failed) {
    timer_.expires_after(step_timeout_);
    const auto first =
        co_await (std::move(operation) || timer_.async_wait(asio::as_tuple(asio::use_awaitable)));
    if (first.index() == 1) {
      const bool expired = !std::get<0>(std::get<1>(first));
      if (expired) {
        machine_.timed_out();
      } else {
        machine_.cancelled();
      }
      co_return 0;
    }
    if (failed == asio::error::operation_aborted) {
      machine_.cancelled();
      co_return 0;
    }
    if (failed) {
      machine_.closed(failed == asio::error::eof ? std::string() : failed.message());
      co_return 0;
    }
    co_return std::get<0>(first);
  }

  stream& stream_;
  conversation& machine_;
  deadline step_timeout_;
  asio::steady_timer timer_;
  etf::byte_buffer received_;
};

}  // namespace

asio::awaitable<result<outcome>> initiate(stream& with, initiator& machine, deadline step_timeout,
                                          std::function<alive_answer()> still_wanted) {
  performance run(with, machine, step_timeout);
  while (co_await run.advance() == phase::wants_decision) machine.decide(still_wanted());
  co_return run.ending();
}

asio::awaitable<result<outcome>> accept(stream& with, acceptor& machine, deadline step_timeout,
                                        std::function<decision(const claim&)> decide,
                                        std::function<asio::awaitable<bool>(const peer&)> confirm) {
  performance run(with, machine, step_timeout);
  for (;;) {
    const phase now = co_await run.advance();
    if (now == phase::wants_decision) {
      machine.decide(decide(machine.claim()));
    } else if (now == phase::wants_confirmation) {
      if (co_await confirm(machine.outcome())) {
        machine.confirm();
      } else {
        machine.reject();
      }
    } else {
      co_return run.ending();
    }
  }
}

asio::awaitable<result<outcome>> initiate(asio::ip::tcp::socket& with, initiator& machine,
                                          deadline step_timeout,
                                          std::function<alive_answer()> still_wanted) {
  tcp_stream tcp(with);
  co_return co_await initiate(tcp, machine, step_timeout, std::move(still_wanted));
}

asio::awaitable<result<outcome>> accept(asio::ip::tcp::socket& with, acceptor& machine,
                                        deadline step_timeout,
                                        std::function<decision(const claim&)> decide,
                                        std::function<asio::awaitable<bool>(const peer&)> confirm) {
  tcp_stream tcp(with);
  co_return co_await accept(tcp, machine, step_timeout, std::move(decide), std::move(confirm));
}

}  // namespace beamnode::handshake
