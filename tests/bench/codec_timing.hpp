#pragma once
/// How the codec benchmarks measure: the best of seven batches of about 50 ms, after one that is
/// thrown away, and the memory that one run takes.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

namespace beamnode::bench {

/// Nanoseconds that one call takes.
template <class Work> double nanoseconds(const Work& work) {
  using clock = std::chrono::steady_clock;
  const auto timed = [&work](long times) {
    const auto start = clock::now();
    for (long i = 0; i < times; ++i) work();
    return std::chrono::duration<double, std::nano>(clock::now() - start).count();
  };
  const long times = std::clamp(static_cast<long>(50e6 / std::max(timed(1), 1.0)), 1L, 200'000L);
  timed(times);
  double best = timed(times);
  for (int batch = 1; batch < 7; ++batch) best = std::min(best, timed(times));
  return best / static_cast<double>(times);
}

inline long kilobytes(const std::string& what) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(what)) return std::stol(line.substr(what.size() + 1));
  }
  return 0;
}

/// Kilobytes by which the resident memory is larger at its peak than before.
template <class Work> long peak_kilobytes(const Work& work) {
  const long before = kilobytes("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << '5';
  work();
  return kilobytes("VmHWM:") - before;
}

inline void report(const std::string& workload, const char* who, const char* round, double value) {
  std::printf("R %s %s %s %.1f\n", workload.c_str(), who, round, value);
  std::fflush(stdout);
}

}  // namespace beamnode::bench
