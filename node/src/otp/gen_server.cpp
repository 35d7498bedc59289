#include <beamnode/node/gen_server.hpp>

namespace beamnode {

detail::request detail::read_request(const message& m) {
  request r{request_kind::info, {}, {}, m.read()};
  etf::reader in = m.read();
  if (in.peek() != etf::kind::tuple) return r;
  const std::size_t arity = in.read_tuple();
  if (arity == 2 && in.next_is(atom("$gen_cast"))) {
    in.skip();
    r.kind = request_kind::cast;
    r.body = in;
    return r;
  }
  if (arity != 3) return r;
  const bool is_call = in.next_is(atom("$gen_call"));
  if (!is_call && !in.next_is(atom("system"))) return r;
  in.skip();
  in.expect_tuple(2);
  const pid caller = in.read_pid();
  byte_buffer tag = etf::copy_encoded(in);
  if (!in.ok()) return r;
  r.kind = is_call ? request_kind::call : request_kind::system;
  r.caller = caller;
  r.tag = std::move(tag);
  r.body = in;
  return r;
}

namespace {

/// The alias in [alias | Alias] or [[alias | Alias] | _], the tags of OTP 24 and later.
std::optional<reference> alias_in(bytes_view tag) {
  etf::reader r(tag);
  if (r.peek() != etf::kind::list) return std::nullopt;
  if (r.read_list().length != 1) return std::nullopt;
  if (r.peek() == etf::kind::list && r.read_list().length != 1) return std::nullopt;
  r.expect_atom(atom("alias"));
  const reference alias =
      r.ok() && r.peek() == etf::kind::reference ? r.read_reference() : reference{};
  if (!r.ok() || alias.node == atom{}) return std::nullopt;
  return alias;
}

}  // namespace

void detail::send_reply(process& self, const pid& caller, bytes_view tag, bytes_view reply) {
  byte_buffer whole;
  etf::writer w{whole};
  w.write_tuple(2);
  w.write_encoded(tag);
  w.write_encoded(reply);
  const message encoded = message::copy_of(whole);
  if (const auto alias = alias_in(tag)) {
    self.send(*alias, encoded);
  } else {
    self.send(caller, encoded);
  }
}

void process::reply_encoded(const from& to, bytes_view value) {
  detail::send_reply(*this, to.caller, to.tag, value);
}

void detail::exit_unhandled(const request& r) {
  etf::reader body = r.body;
  const term asked = etf::codec<term>::decode(body);
  throw exit_with(tuple(atom(r.kind == request_kind::call ? "bad_call" : "bad_cast"), asked));
}

}  // namespace beamnode
