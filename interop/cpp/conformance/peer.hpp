#pragma once
// The parts of the conformance peer. Each adds itself to a node.

#include "values.hpp"

namespace conformance {

/// Starts echo, sink, counter, events and user.
void start_registered(node& n);
/// What others call: identity, add, throw ...
void export_functions(node& n);
/// What others spawn: echo_loop, trap_loop, die, suicide.
void export_processes(node& n);
/// What makes this node act on others: call, connect, register, flood ...
void export_actions(node& n);
/// More of that: spawn, monitor_wait, link_wait, exit ...
void export_relations(node& n);

/// Sends {Self, Msg} to From for every {From, Msg}.
task<> echo(process& self);
/// Counts what is sent to it.
task<> sink(process& self);

/// Exports `f` as city_peer:name.
template <class F> void export_as(node& n, std::string_view name, F f) {
  n.export_function("city_peer", name, std::move(f));
}

}  // namespace conformance
