#include <beamnode/epmd_client/messages.hpp>

#include <algorithm>
#include <charconv>

#include "fields.hpp"

namespace beamnode::epmd {
namespace {

/// Writes one request: its length goes in front when it is complete.
class request {
 public:
  explicit request(tag first) {
    out_.extend(2);
    put(static_cast<std::uint8_t>(first));
  }
  template <std::unsigned_integral T> void put(T value) {
    etf::store_big(out_.extend(sizeof value), value);
  }
  void put(std::string_view text) { out_.append(etf::as_bytes(text)); }
  [[nodiscard]] byte_buffer finish() {
    etf::store_big(out_.data(), static_cast<std::uint16_t>(out_.size() - 2));
    return std::move(out_);
  }

 private:
  byte_buffer out_;
};

error unexpected_tag(std::uint8_t got) {
  return error(errc::malformed_reply, "it begins with " + std::to_string(got));
}

template <class Response> parse_result<Response> incomplete(stream state) {
  if (state == stream::closed) return error(errc::closed_early);
  return std::optional<parsed<Response>>{};
}

template <class Response> parse_result<Response> complete(Response response, std::size_t size) {
  return std::optional<parsed<Response>>({std::move(response), size});
}

/// "name NAME at port PORT"; the name may hold anything, so the port is searched from the end.
std::optional<name_entry> parse_line(std::string_view line) {
  constexpr std::string_view before = "name ";
  constexpr std::string_view between = " at port ";
  const std::size_t at = line.rfind(between);
  if (!line.starts_with(before) || at == std::string_view::npos || at <= before.size()) return {};
  name_entry entry{.name = std::string(line.substr(before.size(), at - before.size()))};
  const std::string_view digits = line.substr(at + between.size());
  const char* const end = digits.data() + digits.size();
  const auto [rest, failed] = std::from_chars(digits.data(), end, entry.port);
  if (failed != std::errc{} || rest != end) return {};
  return entry;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

bool is_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value < 0x20 || value == 0x7F;
}

}  // namespace

result<void> check_name(std::string_view name) {
  if (name.empty()) return error(errc::name_invalid, "it is empty");
  const auto characters =
      std::ranges::count_if(name, [](char byte) { return !is_continuation(byte); });
  if (name.size() > max_name_bytes || static_cast<std::size_t>(characters) > max_name_characters) {
    return error(errc::name_invalid, "it is longer than 255 characters");
  }
  if (name.find('@') != std::string_view::npos) {
    return error(errc::name_invalid, "it has an '@'; only the part before it is registered");
  }
  if (std::ranges::any_of(name, is_control)) {
    return error(errc::name_invalid, "it has control characters");
  }
  return {};
}

byte_buffer alive2::encode() const {
  request out(tag::alive2);
  out.put(port);
  out.put(static_cast<std::uint8_t>(type));
  out.put(protocol);
  out.put(highest_version);
  out.put(lowest_version);
  out.put(static_cast<std::uint16_t>(name.size()));
  out.put(name);
  out.put(std::uint16_t{0});  // no extra bytes
  return out.finish();
}

parse_result<registered> alive2::parse(bytes_view reply, stream state) const {
  cursor in(reply);
  const auto first = in.number<std::uint8_t>();
  if (!in.complete()) return incomplete<registered>(state);
  const bool wide = first == static_cast<std::uint8_t>(tag::alive2_x_resp);
  if (!wide && first != static_cast<std::uint8_t>(tag::alive2_resp)) return unexpected_tag(first);
  const auto refused = in.number<std::uint8_t>();
  if (in.complete() && refused != 0) return error(errc::name_taken, name);
  const std::uint32_t creation = wide ? in.number<std::uint32_t>() : in.number<std::uint16_t>();
  if (!in.complete()) return incomplete<registered>(state);
  return complete(registered{creation}, in.used());
}

byte_buffer port_please2::encode() const {
  request out(tag::port_please2);
  out.put(name);
  return out.finish();
}

parse_result<endpoint_info> port_please2::parse(bytes_view reply, stream state) const {
  cursor in(reply);
  const auto first = in.number<std::uint8_t>();
  if (!in.complete()) return incomplete<endpoint_info>(state);
  if (first != static_cast<std::uint8_t>(tag::port2_resp)) return unexpected_tag(first);
  const auto refused = in.number<std::uint8_t>();
  if (in.complete() && refused != 0) return error(errc::unknown_node, name);
  endpoint_info info;
  info.port = in.number<std::uint16_t>();
  info.type = in.number<std::uint8_t>();
  info.protocol = in.number<std::uint8_t>();
  info.highest_version = in.number<std::uint16_t>();
  info.lowest_version = in.number<std::uint16_t>();
  info.name = in.text(in.number<std::uint16_t>());
  info.extra = in.text(in.number<std::uint16_t>());
  if (!in.complete()) return incomplete<endpoint_info>(state);
  return complete(std::move(info), in.used());
}

byte_buffer names_request::encode() const { return request(tag::names).finish(); }

parse_result<names_request::response> names_request::parse(bytes_view reply, stream state) const {
  if (reply.size() > max_reply) return error(errc::malformed_reply, "the list is too long");
  if (state == stream::open) return std::optional<parsed<response>>{};
  cursor in(reply);
  in.number<std::uint32_t>();  // epmd's own port
  if (!in.complete()) return incomplete<response>(state);
  std::string_view text = etf::as_text(reply.subspan(in.used()));
  response entries;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return incomplete<response>(state);
    auto entry = parse_line(text.substr(0, end));
    if (!entry) return error(errc::malformed_reply, "a line of the list does not name a node");
    entries.push_back(std::move(*entry));
    text.remove_prefix(end + 1);
  }
  return complete(std::move(entries), reply.size());
}

}  // namespace beamnode::epmd
