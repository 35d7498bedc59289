// The node under test in network benchmarks: bench_peer NODE@HOST COOKIE HELLO_NODE|none
//
// Registers `bench`, which serves
//     {echo, From, N}                        -> {echo, N} to From
//     {'$gen_call', From, {add, X, Y}}       -> the sum
//     {msg, Bin}                             counted
//     {report, From}                         -> {report, Count, Bytes, NsFirstToLast}, and from
//     zero again {source, To, Count, Size}              -> Count times {msg, <<Size bytes>>} to To
//     {blob, From, Bin}                      -> {blob, byte_size(Bin)} to From
//     stop                                   the program ends
// With a HELLO_NODE it connects there and sends {hello, NODE} to the registered `bench_driver`.
#include <beamnode/beamnode.hpp>

#include <chrono>
#include <cstring>
#include <iostream>

using namespace beamnode;
using namespace beamnode::etf::literals;

namespace {

using clock_type = std::chrono::steady_clock;

struct echo {
  pid from;
  term n;
};
struct add {
  std::int64_t x = 0;
  std::int64_t y = 0;
};
struct msg {
  bytes_view content;
};
struct report {
  pid from;
};
struct source {
  pid to;
  std::int64_t count = 0;
  std::int64_t size = 0;
};
struct blob {
  pid from;
  bytes_view content;
};

}  // namespace

template <>
struct beamnode::etf::codec<echo> : tagged_tuple_codec<echo, "echo", &echo::from, &echo::n> {};
template <> struct beamnode::etf::codec<add> : tagged_tuple_codec<add, "add", &add::x, &add::y> {};
template <>
struct beamnode::etf::codec<report> : tagged_tuple_codec<report, "report", &report::from> {};
template <>
struct beamnode::etf::codec<source>
    : tagged_tuple_codec<source, "source", &source::to, &source::count, &source::size> {};

// Views into the message, which the handler keeps.
template <> struct beamnode::etf::codec<msg> : tagged_tuple_codec<msg, "msg", &msg::content> {};
template <>
struct beamnode::etf::codec<blob> : tagged_tuple_codec<blob, "blob", &blob::from, &blob::content> {
};

namespace {

task<> flood(process& self, source order) {
  static std::vector<std::uint8_t> zeros;  // kept between orders of equal size
  zeros.resize(static_cast<std::size_t>(order.size));
  for (std::int64_t i = 0; i < order.count; ++i) {
    self.send(order.to, msg{zeros});
    co_await self.yield();
  }
}

task<> bench(process& self, node& whole) {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  clock_type::time_point first;
  clock_type::time_point last;
  for (;;) {
    const message m = co_await self.receive<message>();
    if (const auto one = m.as<msg>()) {
      last = clock_type::now();
      if (count++ == 0) first = last;
      bytes += static_cast<std::int64_t>(one->content.size());
    } else if (const auto ping = m.as<echo>()) {
      self.send(ping->from, tuple("echo"_atom, ping->n));
    } else if (const auto call = m.as<gen_call<add>>()) {
      self.reply(call->caller, call->request.x + call->request.y);
    } else if (const auto asked = m.as<report>()) {
      const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(last - first).count();
      self.send(asked->from, tuple("report"_atom, count, bytes, ns));
      count = bytes = 0;
    } else if (const auto order = m.as<source>()) {
      co_await flood(self, *order);
    } else if (const auto large = m.as<blob>()) {
      self.send(large->from, tuple("blob"_atom, large->content.size()));
    } else if (m.as<etf::literal<"stop">>()) {
      whole.stop();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  try {
    node n({.name = argv[1], .cookie = argv[2], .hidden = true});
    n.spawn({.name = "bench"}, bench, std::ref(n));
    n.start();
    if (std::strcmp(argv[3], "none") != 0) {
      n.connect(argv[3]);
      n.spawn([&](process& self) -> task<> {
        self.send(registered("bench_driver", argv[3]), tuple("hello"_atom, self.node()));
        co_return;
      });
    }
    std::cout << "READY" << std::endl;
    n.run();
  } catch (const node_error& e) {
    std::cerr << e.what() << std::endl;
    return e.exit_status();
  }
}
