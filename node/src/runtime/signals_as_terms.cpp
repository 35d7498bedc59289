/// The system messages as terms: exactly what a BEAM process would find in its mailbox.

#include <beamnode/node/signals.hpp>

namespace beamnode::etf {

namespace {

/// Reads a tuple {Tag, ...} of this arity up to behind its tag.
void expect_tagged(reader& r, std::size_t arity, const char* tag) {
  r.expect_tuple(arity);
  r.expect_atom(atom(tag));
}

using info_list = std::vector<std::pair<atom, term>>;

}  // namespace

void codec<registered>::encode(writer& w, const registered& v) {
  w.write_tuple(2);
  w.write_atom(v.name);
  w.write_atom(v.node);
}
registered codec<registered>::decode(reader& r) {
  r.expect_tuple(2);
  const atom name = r.read_atom();
  return registered(name, r.read_atom());
}

void codec<down>::encode(writer& w, const down& v) {
  w.write_tuple(5);
  w.write_atom(atom("DOWN"));
  w.write_reference(v.ref);
  w.write_atom(atom("process"));
  v.object.write_to(w);
  v.reason.write_to(w);
}
down codec<down>::decode(reader& r) {
  down v;
  expect_tagged(r, 5, "DOWN");
  v.ref = r.read_reference();
  r.expect_atom(atom("process"));
  if (!r.ok()) return v;
  v.object = codec<term>::decode(r);
  v.reason = codec<term>::decode(r);
  return v;
}

void codec<exit_signal>::encode(writer& w, const exit_signal& v) {
  w.write_tuple(3);
  w.write_atom(atom("EXIT"));
  w.write_pid(v.from);
  v.reason.write_to(w);
}
exit_signal codec<exit_signal>::decode(reader& r) {
  exit_signal v;
  expect_tagged(r, 3, "EXIT");
  v.from = r.read_pid();
  if (r.ok()) v.reason = codec<term>::decode(r);
  return v;
}

void codec<node_up>::encode(writer& w, const node_up& v) {
  w.write_tuple(3);
  w.write_atom(atom("nodeup"));
  w.write_atom(v.node);
  codec<info_list>::encode(w, {{atom("node_type"), term(atom(v.hidden ? "hidden" : "visible"))}});
}
node_up codec<node_up>::decode(reader& r) {
  node_up v;
  expect_tagged(r, 3, "nodeup");
  v.node = r.read_atom();
  if (!r.ok()) return v;
  for (const auto& [key, value] : codec<info_list>::decode(r)) {
    if (key == atom("node_type")) v.hidden = value == atom("hidden");
  }
  return v;
}

void codec<node_down>::encode(writer& w, const node_down& v) {
  w.write_tuple(3);
  w.write_atom(atom("nodedown"));
  w.write_atom(v.node);
  codec<info_list>::encode(w, {{atom("node_type"), term(atom(v.hidden ? "hidden" : "visible"))},
                               {atom("nodedown_reason"), v.reason}});
}
node_down codec<node_down>::decode(reader& r) {
  node_down v;
  expect_tagged(r, 3, "nodedown");
  v.node = r.read_atom();
  if (!r.ok()) return v;
  for (auto& [key, value] : codec<info_list>::decode(r)) {
    if (key == atom("node_type")) v.hidden = value == atom("hidden");
    if (key == atom("nodedown_reason")) v.reason = std::move(value);
  }
  return v;
}

void codec<node_gone>::encode(writer& w, const node_gone& v) {
  w.write_tuple(2);
  w.write_atom(atom("nodedown"));
  w.write_atom(v.node);
}
node_gone codec<node_gone>::decode(reader& r) {
  expect_tagged(r, 2, "nodedown");
  return {r.read_atom()};
}

void codec<spawn_reply>::encode(writer& w, const spawn_reply& v) {
  w.write_tuple(4);
  w.write_atom(atom("spawn_reply"));
  w.write_reference(v.ref);
  w.write_atom(atom(v.child ? "ok" : "error"));
  if (v.child) return w.write_pid(*v.child);
  v.reason.write_to(w);
}
spawn_reply codec<spawn_reply>::decode(reader& r) {
  spawn_reply v;
  expect_tagged(r, 4, "spawn_reply");
  v.ref = r.read_reference();
  if (r.next_is(atom("ok"))) {
    r.skip();
    v.child = r.read_pid();
  } else {
    r.expect_atom(atom("error"));
    if (r.ok()) v.reason = codec<term>::decode(r);
  }
  return v;
}

}  // namespace beamnode::etf
