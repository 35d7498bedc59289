#include <beamnode/handshake/error.hpp>

namespace beamnode::handshake {
namespace {

class handshake_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "beamnode.handshake"; }
  [[nodiscard]] std::string message(int code) const override {
    return std::string(name_of(static_cast<errc>(code)));
  }
};

void append_escaped(std::string& to, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && byte != '"' && byte != '\\') {
      to += c;
    } else {
      to += "\\x";
      to += "0123456789abcdef"[byte >> 4];
      to += "0123456789abcdef"[byte & 15];
    }
  }
}

}  // namespace

std::string_view name_of(errc code) noexcept {
  switch (code) {
    case errc::none: return "no error";
    case errc::cookie_mismatch: return "cookie mismatch";
    case errc::name_mismatch: return "another node answered than the one asked for";
    case errc::name_malformed: return "a malformed node name";
    case errc::flags_missing: return "a mandatory capability is missing";
    case errc::not_allowed: return "the connection is not allowed";
    case errc::nok: return "the acceptor's own attempt to connect wins";
    case errc::alive_refused: return "the connection that is already up stays";
    case errc::confirmation_refused: return "turned down after the cookie was proven";
    case errc::own_challenge_reflected: return "our own challenge was sent back to us";
    case errc::unexpected_message: return "a message that does not belong at this step";
    case errc::malformed_message: return "a malformed message";
    case errc::unknown_status: return "an unknown status";
    case errc::message_too_long: return "a message too long for a handshake";
    case errc::closed_by_peer: return "the connection was closed";
    case errc::timed_out: return "no answer in time";
    case errc::cancelled: return "the handshake was cancelled";
    case errc::md5_unavailable: return "this OpenSSL offers no MD5 (FIPS mode?)";
    case errc::cookie_file_missing: return "there is no cookie file";
    case errc::cookie_file_unreadable: return "the cookie file cannot be read";
    case errc::cookie_file_permissions:
      return "the cookie file must be accessible by its owner only";
    case errc::cookie_malformed: return "a malformed cookie";
  }
  return "an unknown handshake error";
}

std::string_view name_of(side which) noexcept {
  switch (which) {
    case side::none: return "none";
    case side::initiator: return "initiator";
    case side::acceptor: return "acceptor";
  }
  return "?";
}

std::string_view name_of(step which) noexcept {
  switch (which) {
    case step::none: return "none";
    case step::name: return "name";
    case step::status: return "status";
    case step::alive_answer: return "alive_answer";
    case step::challenge: return "challenge";
    case step::complement: return "complement";
    case step::challenge_reply: return "challenge_reply";
    case step::confirmation: return "confirmation";
    case step::challenge_ack: return "challenge_ack";
  }
  return "?";
}

std::string error::message() const {
  std::string text;
  if (side_ != side::none) {
    if (peer_.empty()) {
      text += "an unnamed peer: ";
    } else {
      text += "peer ";
      append_escaped(text, peer_);
      text += ": ";
    }
  }
  text += detail_.empty() ? name_of(code_) : std::string_view(detail_);
  if (side_ != side::none) {
    text += " (";
    text += name_of(side_);
    if (step_ != step::none) {
      text += ", ";
      text += name_of(step_);
    }
    text += ')';
  }
  return text;
}

const std::error_category& category() noexcept {
  static const handshake_category the_category;
  return the_category;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 64;
  std::string out = "\"";
  append_escaped(out, text.substr(0, most));
  out += text.size() > most ? "...\"" : "\"";
  return out;
}

}  // namespace beamnode::handshake
