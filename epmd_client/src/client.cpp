#include <beamnode/epmd_client/client.hpp>
#include <beamnode/epmd_client/exchange.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>

#include <array>
#include <optional>
#include <utility>

namespace beamnode::epmd {
namespace {

// What a coroutine is called with inside a co_await has a name here, where it is an aggregate: g++
// 12 destroys such temporaries twice.

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using endpoints = std::vector<tcp::endpoint>;

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// What one request holds, shared with the handler of its deadline: that may run last of all.
struct attempt {
  attempt(const asio::any_io_executor& executor, std::chrono::milliseconds timeout)
      : socket(executor), resolver(executor), resolved(executor), deadline(executor) {
    resolved.expires_at(asio::steady_timer::time_point::max());
    deadline.expires_after(timeout);
  }

  static std::shared_ptr<attempt> start(const asio::any_io_executor& executor,
                                        std::chrono::milliseconds timeout) {
    auto made = std::make_shared<attempt>(executor, timeout);
    made->deadline.async_wait([made](error_code failed) {
      if (!failed) made->expire();
    });
    return made;
  }

  void expire() {
    expired = true;
    error_code ignored;
    socket.close(ignored);
    resolved.cancel();
  }

  tcp::socket socket;
  tcp::resolver resolver;
  asio::steady_timer resolved;  // never expires: cancelled when there is an answer, or no time left
  asio::steady_timer deadline;
  bool expired = false;
  std::optional<error_code> resolve_failure;
  endpoints found;
};

/// Ends the deadline's wait with the request, so that nothing keeps running behind it.
class attempt_owner {
 public:
  explicit attempt_owner(std::shared_ptr<attempt> held) : held_(std::move(held)) {}
  attempt_owner(const attempt_owner&) = delete;
  attempt_owner& operator=(const attempt_owner&) = delete;
  ~attempt_owner() {
    held_->deadline.cancel();
    held_->resolver.cancel();
  }
  attempt& operator*() const { return *held_; }
  attempt* operator->() const { return held_.get(); }
  [[nodiscard]] const std::shared_ptr<attempt>& share() const { return held_; }

 private:
  std::shared_ptr<attempt> held_;
};

std::string place(std::string_view host, std::uint16_t port) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos;
  std::string text(bare_ipv6 ? "[" : "");
  text.append(host).append(bare_ipv6 ? "]:" : ":").append(std::to_string(port));
  return text;
}

error failure_of(const attempt& now, error_code failed, errc otherwise) {
  if (now.expired) return error(errc::timed_out);
  if (failed == asio::error::operation_aborted) return error(errc::cancelled);
  return error(otherwise, failed.message());
}

/// getaddrinfo cannot be interrupted, so it is waited for by a timer that can: whoever has run out
/// of time goes on without it.
awaitable<result<endpoints>> resolve(const attempt_owner& now, std::string host,
                                     std::uint16_t port) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return endpoints{{address, port}};
  now->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [shared = now.share()](error_code failed, const tcp::resolver::results_type& answers) {
        shared->resolve_failure = failed;
        for (const auto& answer : answers) shared->found.push_back(answer.endpoint());
        shared->resolved.cancel();
      });
  co_await now->resolved.async_wait(use_tuple);
  if (now->expired) co_return error(errc::timed_out, "while " + host + " was looked up");
  if (!now->resolve_failure) co_return error(errc::cancelled);
  if (*now->resolve_failure) {
    co_return error(errc::host_not_found, host + ": " + now->resolve_failure->message());
  }
  co_return std::move(now->found);
}

/// A forked child that kept the socket would keep the name registered.
void close_on_exec(tcp::socket& socket) {
  if (fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC) != 0) socket.close();
}

endpoints loopback(std::uint16_t port) {
  return {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
}

/// Connects to the first of `candidates` that accepts. The first refusal is the one that is told.
awaitable<result<void>> connect(const attempt_owner& now, endpoints candidates) {
  error_code told;
  for (const auto& candidate : candidates) {
    if (now->expired) break;
    error_code failed;
    now->socket.close(failed);
    now->socket.open(candidate.protocol(), failed);
    if (!failed) {
      close_on_exec(now->socket);
      std::tie(failed) = co_await now->socket.async_connect(candidate, use_tuple);
      if (!failed) co_return result<void>();
    }
    if (!told || failed == asio::error::operation_aborted) told = failed;
    if (failed == asio::error::operation_aborted) break;
  }
  co_return failure_of(*now, told, errc::unreachable);
}

/// Runs one request over the connected socket.
template <class Request>
awaitable<result<typename Request::response>> perform(const attempt_owner& now, Request request) {
  exchange<Request> machine(std::move(request));
  std::array<std::uint8_t, 2048> room{};
  while (true) {
    error_code failed;
    std::size_t count = 0;
    switch (machine.status()) {
      case phase::done: co_return machine.outcome();
      case phase::failed: co_return machine.failure();
      case phase::wants_output: {
        const bytes_view out = machine.output();
        std::tie(failed, count) =
            co_await now->socket.async_write_some(asio::buffer(out.data(), out.size()), use_tuple);
        machine.written(count);
        break;
      }
      case phase::wants_input:
        std::tie(failed, count) =
            co_await now->socket.async_read_some(asio::buffer(room), use_tuple);
        if (!failed) (void)machine.feed({room.data(), count});
        break;
    }
    if (now->expired || failed == asio::error::operation_aborted) {
      co_return failure_of(*now, failed, errc::cancelled);
    }
    if (failed == asio::error::eof) {
      machine.closed();
    } else if (failed) {
      co_return error(errc::closed_early, failed.message());
    }
  }
}

template <class Request>
awaitable<result<typename Request::response>> ask(Request request, std::string host, options how) {
  const attempt_owner now(attempt::start(co_await asio::this_coro::executor, how.timeout));
  const std::string where = place(host, how.port);
  auto found = co_await resolve(now, std::move(host), how.port);
  if (!found) co_return error(found.error()).at(where);
  const auto connected = co_await connect(now, *std::move(found));
  if (!connected) co_return error(connected.error()).at(where);
  auto answer = co_await perform(now, std::move(request));
  if (!answer) co_return error(answer.error()).at(where);
  co_return answer;
}

}  // namespace

awaitable<result<endpoint_info>> lookup(std::string name, std::string host, options how) {
  if (const auto valid = check_name(name); !valid) co_return valid.error();
  port_please2 request{std::move(name)};
  co_return co_await ask(std::move(request), std::move(host), how);
}

awaitable<result<std::vector<name_entry>>> names(std::string host, options how) {
  names_request request;
  co_return co_await ask(request, std::move(host), how);
}

// ---------------------------------------------------------------------------------------------

/// Shared by the registration and the coroutine that watches its socket.
class registration::keeper : public std::enable_shared_from_this<keeper> {
 public:
  keeper(const asio::any_io_executor& executor, alive2 request, options how)
      : request_(std::move(request)), how_(std::move(how)), socket_(executor), pause_(executor) {}

  /// Registers once.
  awaitable<result<std::uint32_t>> attempt_once() {
    const attempt_owner now(attempt::start(socket_.get_executor(), how_.timeout));
    current_ = now.share();
    const std::string where = place("127.0.0.1", how_.port);
    endpoints candidates = loopback(how_.port);
    const auto connected = co_await connect(now, std::move(candidates));
    if (!connected) co_return error(connected.error()).at(where);
    const auto answer = co_await perform(now, request_);
    if (!answer) co_return error(answer.error()).at(where);
    socket_ = std::move(now->socket);
    registered_ = true;
    co_return answer->creation;
  }

  awaitable<result<void>> first() {
    constexpr int daemon_attempts = 40;
    constexpr int stand_in_attempts = 4;
    auto creation = co_await attempt_once();
    if (is_missing(creation) && how_.start_daemon && epmd::start_daemon(how_.port)) {
      creation = co_await attempt_more(daemon_attempts);
    }
    if (is_missing(creation) && how_.stand_in) {
      how_.stand_in();
      creation = co_await attempt_more(stand_in_attempts);
    }
    if (!creation) co_return creation.error();
    creation_ = *creation;
    co_return result<void>();
  }

  /// Notices when epmd is gone, and registers again. epmd never says anything on this connection.
  static awaitable<void> watch(std::shared_ptr<keeper> self) {
    while (!self->stopped_) {
      std::array<std::uint8_t, 64> room{};
      const auto [failed, count] =
          co_await self->socket_.async_read_some(asio::buffer(room), use_tuple);
      if (!failed) continue;
      self->close();
      while (!self->stopped_ && !self->registered_) {
        co_await self->wait(self->how_.retry);
        if (self->stopped_) break;
        const auto again = co_await self->attempt_once();
        if (self->stopped_ || !is_missing(again) || !self->how_.stand_in) continue;
        if (self->how_.start_daemon && daemon_is_installed()) continue;
        self->how_.stand_in();
        static_cast<void>(co_await self->attempt_more(1));
      }
    }
    self->close();
  }

  void stop() {
    stopped_ = true;
    how_.stand_in = nullptr;
    close();
    pause_.cancel();
    error_code ignored;
    if (const auto current = current_.lock()) current->socket.close(ignored);
  }

  [[nodiscard]] std::uint32_t creation() const { return creation_; }
  [[nodiscard]] bool registered() const { return registered_; }

 private:
  static bool is_missing(const result<std::uint32_t>& answer) {
    return !answer && answer.error().code() == errc::unreachable;
  }
  /// An epmd that was just started needs a moment.
  awaitable<result<std::uint32_t>> attempt_more(int attempts) {
    while (true) {
      co_await wait(std::chrono::milliseconds(50));
      auto answer = co_await attempt_once();
      if (!is_missing(answer) || --attempts <= 0) co_return answer;
    }
  }
  awaitable<void> wait(std::chrono::milliseconds time) {
    pause_.expires_after(time);
    co_await pause_.async_wait(use_tuple);
  }
  void close() {
    registered_ = false;
    error_code ignored;
    socket_.close(ignored);
  }

  alive2 request_;
  options how_;
  tcp::socket socket_;
  asio::steady_timer pause_;
  std::weak_ptr<attempt> current_;
  std::uint32_t creation_ = 0;
  bool registered_ = false;
  bool stopped_ = false;
};

registration::registration(std::shared_ptr<keeper> kept) noexcept : keeper_(std::move(kept)) {}

registration::~registration() { keeper_->stop(); }

std::uint32_t registration::creation() const noexcept { return keeper_->creation(); }

bool registration::registered() const noexcept { return keeper_->registered(); }

awaitable<result<std::unique_ptr<registration>>> registration::create(
    asio::any_io_executor executor, std::string name, std::uint16_t port, bool visible,
    options how) {
  if (const auto valid = check_name(name); !valid) co_return valid.error();
  alive2 request{.name = std::move(name),
                 .port = port,
                 .type = visible ? node_type::visible : node_type::hidden};
  auto kept = std::make_shared<keeper>(executor, std::move(request), how);
  const auto done = co_await kept->first();
  if (!done) co_return done.error();
  asio::co_spawn(executor, keeper::watch(kept), asio::detached);
  co_return std::unique_ptr<registration>(new registration(std::move(kept)));
}

}  // namespace beamnode::epmd
