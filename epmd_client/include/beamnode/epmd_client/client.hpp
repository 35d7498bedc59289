#pragma once
/// Asking an epmd over TCP, and being registered with the one of this host. The only part of this
/// module that knows Asio.
///
/// Everything here runs on the executor of the coroutine that awaits it, which must not run two
/// handlers at once (one thread, or a strand).

#include <beamnode/epmd_client/error.hpp>
#include <beamnode/epmd_client/messages.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace beamnode::epmd {

/// The port of every epmd, unless the environment says otherwise.
inline constexpr std::uint16_t well_known_port = 4369;

/// ERL_EPMD_PORT as `erl` and epmd read it; well_known_port without it.
[[nodiscard]] std::uint16_t port_from_environment();

struct options {
  std::uint16_t port = port_from_environment();
  /// For a whole request, name resolution and connecting included.
  std::chrono::milliseconds timeout{10'000};
  /// Between attempts to register again with an epmd that went away.
  std::chrono::milliseconds retry{2'000};
  /// Whether registration::create() starts an epmd on this host when there is none.
  bool start_daemon = true;
  /// Called by a registration when there is still none, to provide one in this process; and again
  /// whenever a later one has gone, unless start_daemon and there is a program to start, which is
  /// then left to whoever administers it.
  std::function<void()> stand_in = {};
};

/// Where the node `name` of `host` listens. Errors: unknown_node if epmd does not know it;
/// name_invalid, host_not_found, unreachable, timed_out, closed_early, malformed_reply, cancelled.
[[nodiscard]] boost::asio::awaitable<result<endpoint_info>> lookup(std::string name,
                                                                   std::string host,
                                                                   options how = {});

/// All nodes registered with the epmd of `host`. Errors as lookup(), without the first two.
[[nodiscard]] boost::asio::awaitable<result<std::vector<name_entry>>> names(std::string host,
                                                                            options how = {});

/// A name held at the epmd of this host, for as long as the object lives; it must end before its
/// executor does.
class registration {
 public:
  /// Registers with epmd on 127.0.0.1, or on ::1 if nothing listens there. If nothing does on
  /// either, starts one or has one provided, as `how` says. Errors: name_invalid, name_taken,
  /// unreachable, timed_out, closed_early, malformed_reply, cancelled.
  [[nodiscard]] static boost::asio::awaitable<result<std::unique_ptr<registration>>> create(
      boost::asio::any_io_executor executor, std::string name, std::uint16_t port, bool visible,
      options how = {});

  /// Unregisters. On the executor's thread only.
  ~registration();
  registration(const registration&) = delete;
  registration& operator=(const registration&) = delete;

  /// What epmd gave at first. A later epmd gives another one, which is ignored: a node has one
  /// creation for life.
  [[nodiscard]] std::uint32_t creation() const noexcept;

  /// False while epmd is away, or a later epmd has given the name to somebody else: then attempts
  /// go on for ever, how.retry apart.
  [[nodiscard]] bool registered() const noexcept;

 private:
  class keeper;
  explicit registration(std::shared_ptr<keeper> kept) noexcept;

  std::shared_ptr<keeper> keeper_;
};

/// Runs `epmd -daemon` for this port if it is on the PATH and nothing listens yet (epmd sees to
/// that itself). True when it could be started; a little later it listens. No shell is involved,
/// and it inherits none of our files.
bool start_daemon(std::uint16_t port);

/// Whether there is an epmd on the PATH.
[[nodiscard]] bool daemon_is_installed();

}  // namespace beamnode::epmd
