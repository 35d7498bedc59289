#pragma once
/// An epmd of this process, on a port of its own, that answers as a test tells it to.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "support/hex.hpp"

namespace beamnode::test {

namespace asio = boost::asio;
using asio::ip::tcp;

/// What a connection gets when its request is there.
struct answer {
  byte_string reply;
  bool close = true;               // afterwards
  std::size_t at_once = SIZE_MAX;  // bytes per write, each a packet of its own
};

class fake_epmd {
 public:
  explicit fake_epmd(asio::io_context& io, std::uint16_t port = 0)
      : state_(std::make_shared<state>(io, port)) {
    asio::co_spawn(io, accept(state_), asio::detached);
  }
  fake_epmd(const fake_epmd&) = delete;
  fake_epmd& operator=(const fake_epmd&) = delete;
  ~fake_epmd() { die(); }

  /// For the next connection; the last answer given serves all later ones too.
  void answers(answer next) { state_->answers.push_back(std::move(next)); }
  /// Closes everything, as a killed epmd does.
  void die() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& socket : state_->sockets) socket->close(ignored);
  }
  [[nodiscard]] std::uint16_t port() const { return state_->port; }
  [[nodiscard]] const std::vector<byte_string>& requests() const { return state_->requests; }
  /// Bytes that came behind requests: there must never be any.
  [[nodiscard]] std::size_t stray_bytes() const { return state_->stray_bytes; }
  /// Connections the client has closed.
  [[nodiscard]] std::size_t closed() const { return state_->closed; }

 private:
  struct state {
    state(asio::io_context& io, std::uint16_t wanted)
        : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), wanted)),
          port(acceptor.local_endpoint().port()) {}
    tcp::acceptor acceptor;
    std::uint16_t port;
    std::vector<std::shared_ptr<tcp::socket>> sockets{};
    std::vector<answer> answers{};
    std::size_t next_answer = 0;
    std::vector<byte_string> requests{};
    std::size_t stray_bytes = 0;
    std::size_t closed = 0;
  };
  static constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

  static asio::awaitable<void> accept(std::shared_ptr<state> self) {
    while (true) {
      auto [failed, socket] = co_await self->acceptor.async_accept(use_tuple);
      if (failed) co_return;
      auto shared = std::make_shared<tcp::socket>(std::move(socket));
      self->sockets.push_back(shared);
      asio::co_spawn(self->acceptor.get_executor(), serve(self, shared), asio::detached);
    }
  }

  static asio::awaitable<void> serve(std::shared_ptr<state> self,
                                     std::shared_ptr<tcp::socket> socket) {
    byte_string request;
    while (request.size() < 2 ||
           request.size() < std::size_t{2} + etf::load_big<std::uint16_t>(request.data())) {
      byte_string room(1024);
      const auto [failed, count] = co_await socket->async_read_some(asio::buffer(room), use_tuple);
      if (failed) co_return;
      request.insert(request.end(), room.begin(),
                     room.begin() + static_cast<std::ptrdiff_t>(count));
    }
    self->requests.push_back(request);
    const answer how = self->answers.at(self->next_answer);
    if (self->next_answer + 1 < self->answers.size()) ++self->next_answer;
    socket->set_option(tcp::no_delay(true));
    for (std::size_t from = 0; from < how.reply.size(); from += how.at_once) {
      const std::size_t count = std::min(how.at_once, how.reply.size() - from);
      const auto [failed, written] =
          co_await asio::async_write(*socket, asio::buffer(&how.reply[from], count), use_tuple);
      if (failed) co_return;
      asio::steady_timer pause(socket->get_executor(), std::chrono::milliseconds(2));
      co_await pause.async_wait(use_tuple);
    }
    if (how.close) {
      socket->close();
      co_return;
    }
    while (true) {
      byte_string room(64);
      const auto [failed, count] = co_await socket->async_read_some(asio::buffer(room), use_tuple);
      self->stray_bytes += count;
      if (failed) break;
    }
    ++self->closed;
  }

  std::shared_ptr<state> state_;
};

/// Runs `io` until `work` is done and returns what it returned.
template <class T> T finish(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> outcome;
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failed, T value) {
    if (failed) std::rethrow_exception(failed);
    outcome = std::move(value);
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  io.restart();
  while (!outcome && io.run_one_until(deadline) != 0) {}
  REQUIRE_MESSAGE(outcome, "it does not end");
  return std::move(*outcome);
}

/// Runs `io` until `reached` says so. False if it never does.
template <class Condition> bool run_until(asio::io_context& io, Condition reached) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  io.restart();
  while (!reached()) {
    if (io.run_one_until(deadline) == 0) return false;
  }
  return true;
}

}  // namespace beamnode::test
