#include <beamnode/epmd_client/server.hpp>

#include <algorithm>

#include "fields.hpp"

namespace beamnode::epmd {
namespace {

/// The creation that an ALIVE2 is refused with; it means nothing.
constexpr std::uint32_t no_creation = 99;
/// From this version of the distribution protocol on, a node knows creations of 32 bits.
constexpr std::uint16_t wide_creations = 6;
constexpr std::size_t max_extra = 1020;
/// Creations below this one are reserved.
constexpr std::uint32_t lowest_creation = 4;

template <std::unsigned_integral T> void put(byte_buffer& out, T value) {
  etf::store_big(out.extend(sizeof value), value);
}
void put(byte_buffer& out, tag first) { put(out, static_cast<std::uint8_t>(first)); }
void put(byte_buffer& out, std::string_view text) { out.append(etf::as_bytes(text)); }
void put_counted(byte_buffer& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  put(out, text);
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// Whether `text` is UTF-8; overlong forms and surrogates, which no node's name has, pass.
bool is_utf8(std::string_view text) {
  std::size_t expected = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool continues = (byte & 0xC0U) == 0x80U;
    if (continues != (expected != 0)) return false;
    if (continues) {
      --expected;
    } else {
      if (byte > 0xF4) return false;
      expected = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    }
  }
  return expected == 0;
}

/// Control characters would forge lines of other replies. An '@' is nothing special here.
bool may_be_registered(std::string name) {
  std::ranges::replace(name, '@', '_');
  return check_name(name) && is_utf8(name);
}

}  // namespace

std::optional<server::connection_id> server::open(connection_id id, bool local, time_point now) {
  connections_[id] = {.local = local, .opened = now};
  if (connections_.size() <= how_.max_connections) return std::nullopt;
  // The new one itself is the oldest when all others are registered.
  auto oldest = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    if (each->second.at == stage::registered) continue;
    if (oldest == connections_.end() || each->second.opened < oldest->second.opened) oldest = each;
  }
  const connection_id unlucky = oldest->first;
  drop(unlucky);
  return unlucky;
}

server::reply server::receive(connection_id id, bytes_view bytes) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return {.bytes = {}, .then = fate::close};
  connection& from = found->second;
  reply made{.bytes = {}, .then = fate::close};
  if (from.at == stage::asking) {
    from.input.append(bytes.first(std::min(bytes.size(), 2 + max_request + 1)));
    const bytes_view input = from.input;
    if (input.size() < 2) return {};
    const std::size_t size = etf::load_big<std::uint16_t>(input.data());
    if (size != 0 && size <= max_request && input.size() <= 2 + size) {
      if (input.size() < 2 + size) return {};
      const byte_buffer request = std::exchange(from.input, {});
      made = answer(id, from, request.view().subspan(2));
    }
  }
  if (made.then != fate::keep) {
    from.at = stage::over;
    forget_name(id);
  }
  return made;
}

server::reply server::answer(connection_id id, connection& from, bytes_view payload) {
  reply made{.bytes = {}, .then = fate::close};
  switch (static_cast<tag>(payload[0])) {
    case tag::alive2: return from.local ? enrol(id, from, payload) : std::move(made);
    case tag::port_please2: return locate(payload);
    case tag::names: return list(false);
    case tag::dump: return from.local ? list(true) : std::move(made);
    case tag::kill:
      if (!from.local) break;
      put(made.bytes, std::string_view(registry_.empty() ? "OK" : "NO"));
      if (registry_.empty()) made.then = fate::shut_down;
      break;
    default: break;
  }
  return made;
}

server::reply server::enrol(connection_id id, connection& from, bytes_view payload) {
  cursor in(payload);
  in.number<std::uint8_t>();
  endpoint_info wanted;
  wanted.port = in.number<std::uint16_t>();
  wanted.type = in.number<std::uint8_t>();
  wanted.protocol = in.number<std::uint8_t>();
  wanted.highest_version = in.number<std::uint16_t>();
  wanted.lowest_version = in.number<std::uint16_t>();
  wanted.name = in.text(in.number<std::uint16_t>());
  wanted.extra = in.text(in.number<std::uint16_t>());
  if (!in.complete() || wanted.name.empty() || has_nul(wanted.name)) {
    return {.bytes = {}, .then = fate::close};
  }
  const bool granted =
      wanted.extra.size() <= max_extra && may_be_registered(wanted.name) && is_free(wanted.name);
  const bool wide = wanted.highest_version >= wide_creations;
  if (granted) {
    next_creation_ = std::max(next_creation_, lowest_creation);
    registry_.push_back({.id = id, .where = std::move(wanted)});
  }
  from.at = granted ? stage::registered : stage::over;
  const std::uint32_t creation = granted ? next_creation_++ : no_creation;
  reply made;
  put(made.bytes, wide ? tag::alive2_x_resp : tag::alive2_resp);
  put(made.bytes, static_cast<std::uint8_t>(granted ? 0 : 1));
  if (wide) {
    put(made.bytes, creation);
  } else {
    put(made.bytes, static_cast<std::uint16_t>(granted ? creation % 3 + 1 : creation));
  }
  return made;
}

server::reply server::locate(bytes_view payload) const {
  const std::string_view name = etf::as_text(payload.subspan(1));
  reply made{.bytes = {}, .then = fate::close};
  if (name.empty() || has_nul(name)) return made;
  const auto found =
      std::ranges::find_if(registry_, [&](const entry& each) { return each.where.name == name; });
  const bool known = found != registry_.end();
  put(made.bytes, tag::port2_resp);
  put(made.bytes, static_cast<std::uint8_t>(known ? 0 : 1));
  if (!known) return made;
  const endpoint_info& where = found->where;
  put(made.bytes, where.port);
  put(made.bytes, where.type);
  put(made.bytes, where.protocol);
  put(made.bytes, where.highest_version);
  put(made.bytes, where.lowest_version);
  put_counted(made.bytes, where.name);
  put_counted(made.bytes, where.extra);
  return made;
}

server::reply server::list(bool dump) const {
  reply made{.bytes = {}, .then = fate::close};
  put(made.bytes, std::uint32_t{how_.port});
  for (auto each = registry_.rbegin(); each != registry_.rend(); ++each) {
    const std::string port = std::to_string(each->where.port);
    if (dump) {
      put(made.bytes, "active name     <" + each->where.name + "> at port " + port +
                          ", fd = " + std::to_string(each->id) + "\n" + '\0');
    } else {
      put(made.bytes, "name " + each->where.name + " at port " + port + "\n");
    }
  }
  return made;
}

bool server::is_free(std::string_view name) const {
  return std::ranges::none_of(registry_,
                              [&](const entry& each) { return each.where.name == name; });
}

void server::closed(connection_id id) { drop(id); }

std::vector<server::connection_id> server::expired(time_point now) {
  std::vector<connection_id> old;
  for (const auto& [id, each] : connections_) {
    if (each.at != stage::registered && now - each.opened >= how_.idle) old.push_back(id);
  }
  for (const connection_id id : old) drop(id);
  return old;
}

void server::drop(connection_id id) {
  connections_.erase(id);
  forget_name(id);
}

void server::forget_name(connection_id id) {
  std::erase_if(registry_, [id](const entry& each) { return each.id == id; });
}

}  // namespace beamnode::epmd
