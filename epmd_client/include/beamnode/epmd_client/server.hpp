#pragma once
/// The other end of the EPMD protocol (erl_dist_protocol: EPMD Protocol), as a machine without a
/// socket: an epmd for a host that has none. Its owner tells it of connections and bytes and does
/// what it decides.
///
/// It answers byte for byte as Erlang's own, with these differences, all on the strict side: a name
/// with control characters is not registered, a connection that has not registered anything is
/// closed `idle` after it was opened whatever it sent, and STOP is never obeyed. DUMP lists active
/// names only, with connection ids where epmd has file descriptors.

#include <beamnode/epmd_client/messages.hpp>

#include <chrono>
#include <map>

namespace beamnode::epmd {

struct server_options {
  /// The port it listens on, which NAMES and DUMP tell.
  std::uint16_t port = 0;
  /// Given to the first node and counted up from there, so that no two registrations share one.
  /// Seconds of the wall clock keep them apart from those of an epmd before this one.
  std::uint32_t first_creation = 4;
  /// For a connection to ask and be answered, or to register.
  std::chrono::milliseconds idle = std::chrono::seconds(60);
  /// One more, and the oldest that has not registered is closed; if all have, the new one.
  std::size_t max_connections = 1024;
};

class server {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Given by the owner, never to two open connections at once.
  using connection_id = std::uint64_t;

  /// Larger requests are refused when their length is seen.
  static constexpr std::size_t max_request = 3057;

  enum class fate : std::uint8_t {
    keep,
    close,      // once the bytes are written
    shut_down,  // close all and stop listening: KILL was obeyed
  };
  struct reply {
    byte_buffer bytes;
    fate then = fate::keep;
  };

  explicit server(server_options how) : how_(how), next_creation_(how.first_creation) {}

  /// A connection from outside. `local`: from this host; only such may register, DUMP and KILL.
  /// Returns the connection to close now, if any; it counts as closed.
  [[nodiscard]] std::optional<connection_id> open(connection_id id, bool local, time_point now);
  /// What came on it, in any pieces.
  [[nodiscard]] reply receive(connection_id id, bytes_view bytes);
  /// It has ended; a name registered on it is free at once.
  void closed(connection_id id);
  /// The connections to close because of their age; they count as closed.
  [[nodiscard]] std::vector<connection_id> expired(time_point now);

  [[nodiscard]] std::size_t registered_count() const noexcept { return registry_.size(); }
  [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }

 private:
  enum class stage : std::uint8_t {
    asking,
    registered,  // any byte ends it
    over,        // answered, or refused: any byte ends it
  };
  struct connection {
    bool local = false;
    stage at = stage::asking;
    time_point opened;
    byte_buffer input;
  };
  struct entry {
    connection_id id = 0;
    endpoint_info where;
  };

  reply answer(connection_id id, connection& from, bytes_view payload);
  reply enrol(connection_id id, connection& from, bytes_view payload);
  [[nodiscard]] reply locate(bytes_view payload) const;
  [[nodiscard]] reply list(bool dump) const;
  [[nodiscard]] bool is_free(std::string_view name) const;
  void drop(connection_id id);
  void forget_name(connection_id id);

  server_options how_;
  std::uint32_t next_creation_;
  std::map<connection_id, connection> connections_;
  /// The oldest first.
  std::vector<entry> registry_;
};

}  // namespace beamnode::epmd
