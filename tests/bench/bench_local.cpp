// Processes of one node, measured: bench_local ROUND [ONLY] prints lines
// `R WORKLOAD beamnode ROUND VALUE`; ONLY is one of spawn, pingpong, oneway, ring, many, timer.
//
// A spawn counts when the new process has run up to its receive; memory is what one that waits
// there costs in all.
#include <beamnode/beamnode.hpp>

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace beamnode;
using namespace std::chrono_literals;

namespace {

struct blob {
  bytes_view content;
};
using stop = etf::literal<"stop">;
using token = std::int64_t;  // laps to go

}  // namespace

template <> struct beamnode::etf::codec<blob> : tagged_tuple_codec<blob, "msg", &blob::content> {};

namespace {

class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  [[nodiscard]] double thousands_per_second(std::int64_t n) const {
    return static_cast<double>(n) / seconds() / 1000;
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

double resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  double total = 0;
  double resident = 0;
  pages >> total >> resident;
  return resident * 4096;
}
double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

class report {
 public:
  explicit report(std::string round) : round_(std::move(round)) {}
  void operator()(const std::string& workload, double value) const {
    std::printf("R N6_%s beamnode %s %.3f\n", workload.c_str(), round_.c_str(), value);
    std::fflush(stdout);
  }

 private:
  std::string round_;
};

// Others that are runnable run before this one goes on.
task<> let_others_run(process& self) {
  self.send(self.pid(), etf::atom("go"));
  static_cast<void>(co_await self.receive<etf::literal<"go">>());
}

// -- bodies ----------------------------------------------------------------------------------

task<> idle(process& self) { static_cast<void>(co_await self.receive<stop>()); }

task<> echo(process& self) {
  for (;;) {
    const auto [from, n] = co_await self.receive<std::tuple<pid, std::int64_t>>();
    self.send(from, n);
  }
}

task<> sink(process& self, pid done, std::int64_t count) {
  while (count-- > 0) {
    const message m = co_await self.receive<message>();
    if (!m.as<blob>()) throw exit_with(etf::atom("unexpected"));
  }
  self.send(done, etf::atom("sunk"));
}

task<> source(process& self, pid to, std::int64_t count) {
  const std::vector<std::uint8_t> content(87, 'x');
  while (count-- > 0) {
    self.send(to, blob{content});
    co_await self.yield();
  }
}

task<> link_of_ring(process& self, pid next) {
  for (;;) self.send(next, co_await self.receive<token>());
}

// -- workloads -------------------------------------------------------------------------------

task<> spawning(process& self, const report& out, std::string_view size, std::size_t count) {
  std::vector<pid> all(count);
  const double resident = resident_bytes();
  const double heap = heap_bytes();
  const stopwatch watch;
  for (pid& p : all) p = self.spawn(idle);
  co_await let_others_run(self);
  out(std::string("spawn_").append(size) + "_k_per_s",
      watch.thousands_per_second(static_cast<std::int64_t>(count)));
  out(std::string("mem_").append(size) + "_B_per_proc",
      (heap_bytes() - heap) / static_cast<double>(count));
  out(std::string("rss_").append(size) + "_B_per_proc",
      (resident_bytes() - resident) / static_cast<double>(count));
  for (const pid& p : all) self.send(p, stop());
  co_await let_others_run(self);
}

task<> ping_pong(process& self, pid other, std::int64_t rounds) {
  while (rounds-- > 0) {
    self.send(other, tuple(self.pid(), rounds));
    static_cast<void>(co_await self.receive<std::int64_t>());
  }
}

task<> ring(process& self, const report& out, std::string_view size, std::int64_t length,
            token laps) {
  const stopwatch build;
  pid next = self.pid();
  for (std::int64_t i = 1; i < length; ++i) next = self.spawn(link_of_ring, next);
  co_await let_others_run(self);
  out(std::string("ring").append(size) + "_build_ms", build.seconds() * 1e3);
  const stopwatch turning;
  for (token left = laps; left > 0; --left) {
    self.send(next, left);
    static_cast<void>(co_await self.receive<token>());
  }
  out(std::string("ring").append(size) + "_ns_per_hop",
      turning.seconds() * 1e9 / static_cast<double>(length * laps));
}

task<> one_to_many(process& self, const report& out, std::int64_t receivers, std::int64_t each) {
  std::vector<pid> all;
  for (std::int64_t i = 0; i < receivers; ++i) all.push_back(self.spawn(sink, self.pid(), each));
  co_await let_others_run(self);
  const std::vector<std::uint8_t> content(87, 'x');
  const stopwatch watch;
  for (std::int64_t i = 0; i < each; ++i) {
    for (const pid& p : all) {
      self.send(p, blob{content});
      co_await self.yield();
    }
  }
  for (std::int64_t i = 0; i < receivers; ++i) {
    static_cast<void>(co_await self.receive<etf::literal<"sunk">>());
  }
  out("one_to_many_k_msg_per_s", watch.thousands_per_second(receivers * each));
}

task<> many_to_one(process& self, const report& out, std::int64_t senders, std::int64_t each) {
  const stopwatch watch;
  const pid to = self.spawn(sink, self.pid(), senders * each);
  for (std::int64_t i = 0; i < senders; ++i) self.spawn(source, to, each);
  static_cast<void>(co_await self.receive<etf::literal<"sunk">>());
  out("many_to_one_k_msg_per_s", watch.thousands_per_second(senders * each));
}

task<> pending_timers(process& self, const report& out, std::int64_t count) {
  std::vector<reference> all;
  all.reserve(static_cast<std::size_t>(count));
  const double heap = heap_bytes();
  const stopwatch arming;
  for (std::int64_t i = 0; i < count; ++i) {
    all.push_back(self.send_after(1h + i % 1000 * 1ms, self.pid(), i));
  }
  out("timer_1M_start_k_per_s", arming.thousands_per_second(count));
  out("timer_1M_B_per_timer", (heap_bytes() - heap) / static_cast<double>(count));
  const stopwatch cancelling;
  for (const reference& one : all) self.cancel_timer(one);
  out("timer_1M_cancel_k_per_s", cancelling.thousands_per_second(count));
  const stopwatch firing;
  for (std::int64_t i = 0; i < count; ++i) self.send_after(i % 10 * 1ms, self.pid(), i);
  for (std::int64_t i = 0; i < count; ++i) {
    static_cast<void>(co_await self.receive<std::int64_t>());
  }
  out("timer_1M_start_and_fire_k_per_s", firing.thousands_per_second(count));
}

task<> workloads(process& self, node& whole, report out, std::string only) {
  const auto wanted = [&](const char* name) { return only.empty() || only == name; };
  if (wanted("spawn")) {
    co_await spawning(self, out, "100k", 100'000);
    co_await spawning(self, out, "1M", 1'000'000);
  }
  if (wanted("pingpong")) {
    const pid other = self.spawn(echo);
    co_await ping_pong(self, other, 100'000);
    const stopwatch watch;
    co_await ping_pong(self, other, 1'000'000);
    out("pingpong_k_rt_per_s", watch.thousands_per_second(1'000'000));
  }
  if (wanted("oneway")) {
    const stopwatch watch;
    self.spawn(source, self.spawn(sink, self.pid(), 2'000'000), 2'000'000);
    static_cast<void>(co_await self.receive<etf::literal<"sunk">>());
    out("oneway_k_msg_per_s", watch.thousands_per_second(2'000'000));
  }
  if (wanted("ring")) {
    co_await ring(self, out, "100k", 100'000, 10);
    co_await ring(self, out, "1M", 1'000'000, 1);
  }
  if (wanted("many")) {
    co_await one_to_many(self, out, 100'000, 10);
    co_await many_to_one(self, out, 1000, 1000);
  }
  if (wanted("timer")) co_await pending_timers(self, out, 1'000'000);
  whole.stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  node n({.name = "bench@localhost", .cookie = "none", .listen = false});
  n.start();
  n.spawn(workloads, std::ref(n), report(argv[1]), std::string(argc > 2 ? argv[2] : ""));
  n.run();
}
