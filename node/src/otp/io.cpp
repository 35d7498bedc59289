#include <beamnode/node/io.hpp>

#include <beamnode/etf/build.hpp>

#include <vector>

namespace beamnode::io {

namespace {

using etf::atom;

void append_utf8(std::string& out, std::uint32_t c) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0U | c >> 6U);
    push(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    push(0xE0U | c >> 12U);
    push(0x80U | (c >> 6U & 0x3FU));
    push(0x80U | (c & 0x3FU));
  } else {
    push(0xF0U | c >> 18U);
    push(0x80U | (c >> 12U & 0x3FU));
    push(0x80U | (c >> 6U & 0x3FU));
    push(0x80U | (c & 0x3FU));
  }
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t more = first < 0x80    ? 0U
                             : first < 0xC2  ? 4U
                             : first < 0xE0  ? 1U
                             : first < 0xF0  ? 2U
                             : first <= 0xF4 ? 3U
                                             : 4U;
    if (more == 4 || text.size() - i <= more) return false;
    std::uint32_t c = more == 0 ? first : first & (0x3FU >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      c = c << 6U | (next & 0x3FU);
    }
    if ((more == 2 && c < 0x800) || (more == 3 && c < 0x10000)) return false;
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
    i += more + 1;
  }
  return true;
}

bool append_binary(std::string& out, std::string_view bytes, bool latin1) {
  if (!latin1) {
    out.append(bytes);
    return is_utf8(bytes);
  }
  for (const char c : bytes) append_utf8(out, static_cast<unsigned char>(c));
  return true;
}

/// Waits for {io_reply, Ref, Reply} or for the 'DOWN' of Ref.
class reply_receiver : public detail::receiver {
 public:
  reply_receiver(process& self, const reference& ref)
      : receiver(self, &match, std::nullopt), ref_(ref) {}
  message await_resume() noexcept { return std::move(taken()); }

 private:
  static bool match(receiver& r, const message& m) {
    etf::reader in = m.read();
    const std::size_t arity = in.read_tuple();
    if (arity == 3) {
      in.expect_atom(atom("io_reply"));
    } else if (arity == 5) {
      in.expect_atom(atom("DOWN"));
    } else {
      return false;
    }
    return in.ok() && in.peek() == etf::kind::reference &&
           in.read_reference() == static_cast<reply_receiver&>(r).ref_;
  }
  reference ref_;
};

/// What one request comes to: the reply.
class answerer {
 public:
  explicit answerer(const device& on) : on_(on) {}

  term answer(const term& what) const {
    const std::vector<term> parts{what.elements().begin(), what.elements().end()};
    if (what.is(atom("getopts"))) return etf::list(tuple(atom("binary"), atom("true")));
    if (!what.is_tuple() || parts.empty() || !parts[0].is_atom()) return error("request");
    const atom verb = *parts[0].as_atom();
    if (verb == atom("put_chars")) return put(parts);
    if (verb == atom("requests") && parts.size() == 2) return all_of(parts[1]);
    if (verb == atom("get_line")) return line(parts);
    if (verb == atom("get_until") || verb == atom("get_chars")) return atom("eof");
    if (verb == atom("setopts") || verb == atom("get_geometry")) return error("enotsup");
    return error("request");
  }

 private:
  static term error(std::string_view why) { return term::from(tuple(atom("error"), atom(why))); }

  /// {put_chars, Encoding, Chars}, or without Encoding from old nodes.
  [[nodiscard]] term put(const std::vector<term>& parts) const {
    if (parts.size() != 2 && parts.size() != 3) return error("put_chars");
    const bool latin1 = parts.size() == 2 || parts[1].is(atom("latin1"));
    const std::optional<std::string> text = characters(parts.back(), latin1);
    if (!text) return error("put_chars");
    on_.write(*text);
    return atom("ok");
  }
  /// {get_line, Encoding, Prompt}
  [[nodiscard]] term line(const std::vector<term>& parts) const {
    if (!on_.read_line) return atom("eof");
    const std::optional<std::string> read =
        on_.read_line(characters(parts.back()).value_or(std::string()));
    if (!read) return atom("eof");
    return term::from(*read);
  }
  /// In turn, until one fails; the reply of the last one done.
  [[nodiscard]] term all_of(const term& requests) const {
    term reply = atom("ok");
    for (const term& one : requests.elements()) {
      reply = answer_one(one);
      if (reply.is_tuple() && reply[0].is(atom("error"))) break;
    }
    return reply;
  }
  /// {requests, ...} inside {requests, ...} is nothing a client sends; refusing it bounds the
  /// depth.
  [[nodiscard]] term answer_one(const term& one) const {
    return one.is_tuple() && one[0].is(atom("requests")) ? error("request") : answer(one);
  }

  const device& on_;
};

}  // namespace

std::optional<std::string> characters(const term& data, bool latin1) {
  std::string out;
  std::vector<term> left{data};
  while (!left.empty()) {
    const term next = std::move(left.back());
    left.pop_back();
    if (next.is_nil()) continue;
    if (const auto bytes = next.as_text()) {
      if (!append_binary(out, *bytes, latin1)) return std::nullopt;
    } else if (const auto c = next.as_int64()) {
      if (*c < 0 || *c > 0x10FFFF || (*c >= 0xD800 && *c < 0xE000)) return std::nullopt;
      append_utf8(out, static_cast<std::uint32_t>(*c));
    } else if (next.is_list()) {
      left.push_back(next.tail());
      left.push_back(next.head());
    } else {
      return std::nullopt;
    }
  }
  if (data.is_integer()) return std::nullopt;
  return out;
}

task<term> request(process& self, pid server, term what) {
  const reference ref = self.monitor(server);
  reply_receiver reply(self, ref);
  self.send(server, tuple(atom("io_request"), self.pid(), ref, what));
  const message answer = co_await reply;
  etf::reader in = answer.read();
  if (in.read_tuple() == 5) co_return term::from(tuple(atom("error"), atom("terminated")));
  self.demonitor(ref);
  in.skip();
  in.skip();
  co_return etf::codec<term>::decode(in);
}

task<> put_chars(process& self, std::string text) {
  if (!is_utf8(text)) throw error_with(atom("badarg"));
  const term what = term::from(tuple(atom("put_chars"), atom("unicode"), text));
  const term reply = co_await request(self, self.group_leader(), what);
  if (!reply.is_tuple(2) || !reply[0].is(atom("error"))) co_return;
  throw error_with(reply[1].is(atom("terminated")) ? atom("terminated") : atom("badarg"));
}

task<term> get_line(process& self, const term& prompt) {
  const term what = term::from(tuple(atom("get_line"), atom("unicode"), prompt));
  return request(self, self.group_leader(), what);
}

task<> serve(process& self, device on) {
  const answerer server(on);
  using asked = std::tuple<etf::literal<"io_request">, pid, term, term>;
  for (;;) {
    co_await self.receive(
        [&](const asked& m) {
          self.send(std::get<1>(m),
                    tuple(atom("io_reply"), std::get<2>(m), server.answer(std::get<3>(m))));
        },
        [](const message&) {});
  }
}

}  // namespace beamnode::io
