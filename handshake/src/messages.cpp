#include <beamnode/handshake/messages.hpp>

#include <algorithm>
#include <array>
#include <concepts>

#include "latin1.hpp"

namespace beamnode::handshake {
namespace {

using etf::byte_buffer;
using etf::bytes_view;

constexpr std::uint16_t old_version = 5;
constexpr std::size_t max_name_size = 255;
constexpr std::string_view named_prefix = "named:";

struct status_text {
  status_message::kind_type kind;
  std::string_view text;
};
constexpr std::array status_texts{
    status_text{status_message::ok, "ok"},
    status_text{status_message::ok_simultaneous, "ok_simultaneous"},
    status_text{status_message::nok, "nok"},
    status_text{status_message::not_allowed, "not_allowed"},
    status_text{status_message::alive, "alive"},
};

template <std::unsigned_integral T> void put(byte_buffer& out, T value) {
  etf::store_big(out.extend(sizeof value), value);
}

void put_name(byte_buffer& out, std::string_view bytes) {
  put(out, static_cast<std::uint16_t>(bytes.size()));
  out.append(etf::as_bytes(bytes));
}

// Takes fields off the front; once one is not there, all that follow are zero and ok() is false.
class cursor {
 public:
  explicit cursor(bytes_view input) : rest_(input) {}

  template <std::unsigned_integral T> T take() {
    const bytes_view bytes = take_bytes(sizeof(T));
    return bytes.empty() ? T{0} : etf::load_big<T>(bytes.data());
  }
  bytes_view take_bytes(std::size_t count) {
    if (!ok_ || rest_.size() < count) {
      ok_ = false;
      return {};
    }
    const bytes_view bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }
  bytes_view take_name() { return take_bytes(take<std::uint16_t>()); }
  digest take_digest() {
    digest bytes{};
    std::ranges::copy(take_bytes(bytes.size()), bytes.begin());
    return bytes;
  }
  [[nodiscard]] bytes_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool whole() const { return ok_ && rest_.empty(); }

 private:
  bytes_view rest_;
  bool ok_ = true;
};

error malformed(std::string_view which, bytes_view payload) {
  return error(errc::malformed_message, "a malformed " + std::string(which) + " message of " +
                                            std::to_string(payload.size()) + " bytes");
}

error unexpected(std::string_view awaited, bytes_view payload) {
  const std::string came = payload.empty()
                               ? "an empty message"
                               : "the message " + quoted(etf::as_text(payload.first(1)));
  return error(errc::unexpected_message, came + " instead of " + std::string(awaited));
}

error name_too_long(std::size_t size) {
  return error(errc::name_malformed,
               "a node name of " + std::to_string(size) + " bytes; 255 are the most");
}

bool has_tag(bytes_view payload, char tag) {
  return !payload.empty() && payload.front() == static_cast<std::uint8_t>(tag);
}

}  // namespace

void encode(const name_message& message, byte_buffer& out) {
  const std::string name = to_latin1(message.name);
  if (message.old_form) {
    put(out, std::uint8_t{'n'});
    put(out, old_version);
    put(out, static_cast<std::uint32_t>(message.flags));
    out.append(etf::as_bytes(name));
    return;
  }
  put(out, std::uint8_t{'N'});
  put(out, message.flags);
  put(out, message.creation);
  put_name(out, name);
}

void encode(const status_message& message, byte_buffer& out) {
  put(out, std::uint8_t{'s'});
  if (message.kind == status_message::named) {
    out.append(etf::as_bytes(named_prefix));
    put_name(out, message.name);
    put(out, message.creation);
    return;
  }
  for (const auto& known : status_texts) {
    if (known.kind == message.kind) out.append(etf::as_bytes(known.text));
  }
}

void encode(alive_answer message, byte_buffer& out) {
  out.append(etf::as_bytes(message == alive_answer::still_wanted ? "strue" : "sfalse"));
}

void encode(const challenge_message& message, byte_buffer& out) {
  put(out, std::uint8_t{'N'});
  put(out, message.flags);
  put(out, message.challenge);
  put(out, message.creation);
  put_name(out, to_latin1(message.name));
}

void encode(const complement_message& message, byte_buffer& out) {
  put(out, std::uint8_t{'c'});
  put(out, static_cast<std::uint32_t>(message.high_flags >> 32));
  put(out, message.creation);
}

void encode(const reply_message& message, byte_buffer& out) {
  put(out, std::uint8_t{'r'});
  put(out, message.challenge);
  out.append(message.proof);
}

void encode(const ack_message& message, byte_buffer& out) {
  put(out, std::uint8_t{'a'});
  out.append(message.proof);
}

result<name_message> parse_name(bytes_view payload) {
  name_message message;
  message.old_form = has_tag(payload, 'n');
  if (!message.old_form && !has_tag(payload, 'N')) return unexpected("a name", payload);
  cursor in(payload.subspan(1));
  bytes_view name;
  if (message.old_form) {
    const auto version = in.take<std::uint16_t>();
    message.flags = in.take<std::uint32_t>();
    name = in.rest();
    if (in.ok() && version != old_version) {
      return error(errc::malformed_message,
                   "an old name message of version " + std::to_string(version) + ", not 5");
    }
  } else {
    message.flags = in.take<std::uint64_t>();
    message.creation = in.take<std::uint32_t>();
    name = in.take_name();
  }
  if (!in.ok()) return malformed("name", payload);
  if (name.size() > max_name_size) return name_too_long(name.size());
  message.name = from_latin1(name);
  return message;
}

result<status_message> parse_status(bytes_view payload) {
  if (!has_tag(payload, 's')) return unexpected("a status", payload);
  const std::string_view text = etf::as_text(payload.subspan(1));
  for (const auto& known : status_texts) {
    if (text == known.text) return status_message{known.kind};
  }
  if (!text.starts_with(named_prefix)) {
    return error(errc::unknown_status, "the unknown status " + quoted(text));
  }
  cursor in(payload.subspan(1 + named_prefix.size()));
  const bytes_view name = in.take_name();
  const auto creation = in.take<std::uint32_t>();
  if (!in.ok()) return malformed("status", payload);
  return status_message{status_message::named, std::string(etf::as_text(name)), creation};
}

result<alive_answer> parse_alive_answer(bytes_view payload) {
  if (!has_tag(payload, 's')) return unexpected("an answer to status alive", payload);
  const std::string_view text = etf::as_text(payload.subspan(1));
  if (text == "true") return alive_answer::still_wanted;
  if (text == "false") return alive_answer::abort;
  return error(errc::unknown_status, "the answer " + quoted(text) + " to status alive");
}

result<challenge_message> parse_challenge(bytes_view payload) {
  if (has_tag(payload, 'n')) {
    return error(errc::flags_missing, "offers no HANDSHAKE_23: older than OTP 23?");
  }
  if (!has_tag(payload, 'N')) return unexpected("a challenge", payload);
  cursor in(payload.subspan(1));
  challenge_message message;
  message.flags = in.take<std::uint64_t>();
  message.challenge = in.take<std::uint32_t>();
  message.creation = in.take<std::uint32_t>();
  const bytes_view name = in.take_name();
  if (!in.ok()) return malformed("challenge", payload);
  if (name.size() > max_name_size) return name_too_long(name.size());
  message.name = from_latin1(name);
  return message;
}

result<complement_message> parse_complement(bytes_view payload) {
  if (!has_tag(payload, 'c')) return unexpected("a complement", payload);
  cursor in(payload.subspan(1));
  complement_message message;
  message.high_flags = flag_set{in.take<std::uint32_t>()} << 32;
  message.creation = in.take<std::uint32_t>();
  if (!in.whole()) return malformed("complement", payload);
  return message;
}

result<reply_message> parse_reply(bytes_view payload) {
  if (!has_tag(payload, 'r')) return unexpected("a challenge reply", payload);
  cursor in(payload.subspan(1));
  reply_message message;
  message.challenge = in.take<std::uint32_t>();
  message.proof = in.take_digest();
  if (!in.whole()) return malformed("challenge reply", payload);
  return message;
}

result<ack_message> parse_ack(bytes_view payload) {
  if (!has_tag(payload, 'a')) return unexpected("a challenge ack", payload);
  cursor in(payload.subspan(1));
  ack_message message;
  message.proof = in.take_digest();
  if (!in.whole()) return malformed("challenge ack", payload);
  return message;
}

}  // namespace beamnode::handshake
