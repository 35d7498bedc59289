#pragma once
/// The requests a node makes of epmd and the replies to them (erl_dist_protocol: EPMD Protocol).
/// A request travels with its length in two bytes in front; a reply has none, so each request says
/// itself whether the reply to it is complete. Names must have passed check_name().

#include <beamnode/epmd_client/error.hpp>
#include <beamnode/etf/byte_buffer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace beamnode::epmd {

using etf::byte_buffer;
using etf::bytes_view;

/// The longest name epmd keeps, in characters and in bytes.
inline constexpr std::size_t max_name_characters = 255;
inline constexpr std::size_t max_name_bytes = 1020;

/// The part of a node's name in front of '@': fails with name_invalid and says which rule it
/// breaks.
[[nodiscard]] result<void> check_name(std::string_view name);

/// What a node is registered as. epmd only stores it.
enum class node_type : std::uint8_t {
  hidden = 72,
  visible = 77,
};

/// Whether bytes may still come. What is incomplete and open asks for more; what is incomplete and
/// closed has failed.
enum class stream : std::uint8_t { open, closed };

/// A reply that is complete, and how many bytes it took.
template <class Response> struct parsed {
  Response response;
  std::size_t size = 0;
};

/// nullopt: more bytes are needed (only for stream::open). Errors: malformed_reply, closed_early,
/// and what the reply itself says (name_taken, unknown_node).
template <class Response> using parse_result = result<std::optional<parsed<Response>>>;

/// ALIVE2_RESP and ALIVE2_X_RESP.
struct registered {
  /// 1 to 3 from an epmd of old, which answers with 16 bits; else any number of 32 bits.
  std::uint32_t creation = 0;
};

/// ALIVE2_REQ: registers a node for as long as the connection is open. Nothing else may ever be
/// written on it.
struct alive2 {
  using response = registered;
  std::string name;
  std::uint16_t port = 0;
  node_type type = node_type::visible;
  std::uint8_t protocol = 0;  // 0: TCP, of either IP version
  std::uint16_t highest_version = 6;
  std::uint16_t lowest_version = 5;

  [[nodiscard]] byte_buffer encode() const;
  [[nodiscard]] parse_result<response> parse(bytes_view reply, stream state) const;
};

/// PORT2_RESP: how a node can be reached.
struct endpoint_info {
  std::uint16_t port = 0;
  /// As the node wrote it: see node_type.
  std::uint8_t type = 77;
  std::uint8_t protocol = 0;
  std::uint16_t highest_version = 6;
  std::uint16_t lowest_version = 5;
  std::string name;
  std::string extra;
};

/// PORT_PLEASE2_REQ: asks for one node.
struct port_please2 {
  using response = endpoint_info;
  std::string name;

  [[nodiscard]] byte_buffer encode() const;
  [[nodiscard]] parse_result<response> parse(bytes_view reply, stream state) const;
};

/// One line of NAMES_RESP.
struct name_entry {
  std::string name;
  std::uint16_t port = 0;

  friend bool operator==(const name_entry&, const name_entry&) = default;
};

/// NAMES_REQ: asks for all nodes. The reply ends with the connection.
struct names_request {
  using response = std::vector<name_entry>;
  /// No list is longer: epmd holds as many names as it can have connections.
  static constexpr std::size_t max_reply = std::size_t{16} * 1024 * 1024;

  [[nodiscard]] byte_buffer encode() const;
  [[nodiscard]] parse_result<response> parse(bytes_view reply, stream state) const;
};

}  // namespace beamnode::epmd
