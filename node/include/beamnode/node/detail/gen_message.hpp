#pragma once
/// What arrives at a server, by the envelope that Erlang's behaviours put around it.

#include <beamnode/node/process.hpp>

#include <exception>

namespace beamnode::detail {

enum class request_kind : std::uint8_t {
  call,    // {'$gen_call', From, Request}
  cast,    // {'$gen_cast', Request}
  system,  // {system, From, Request}
  event,   // {notify, Event} and {_, From, {sync_notify, Event}}, for a gen_event
  info,    // anything else
};

/// A message as a server sees it: what kind it is, whom to answer, and where the request starts.
struct request {
  request_kind kind = request_kind::info;
  etf::pid caller;
  byte_buffer tag;
  etf::reader body;
};
[[nodiscard]] request read_request(const message& m);
/// Sends {Tag, Reply} where gen_server:reply would: to the alias in the tag, else to the caller.
void send_reply(process& self, const etf::pid& caller, bytes_view tag, bytes_view reply);
[[noreturn]] void exit_unhandled(const request& r);

}  // namespace beamnode::detail
