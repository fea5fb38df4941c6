#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace profile_train::simulator {

/// Counts kernels and library calls that would run on the device, and ends the program where a limit is set: a loop
/// that waits for a device value would never end. Thread-safe; a launch costs an atomic increment.
class Launches {
 public:
  /// 0: no limit. `over_limit` is called once, on the launching thread, with a sentence; it does not return.
  Launches(std::uint64_t max_launches, double max_seconds, void (*over_limit)(const char* sentence));

  void count() {
    const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (limited_ && (count > max_launches_ || count % kClockEvery == 0)) check(count);
  }
  std::uint64_t total() const { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t kClockEvery = 256;
  void check(std::uint64_t count);

  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> stopped_{false};
  const std::uint64_t max_launches_;
  const std::chrono::steady_clock::time_point deadline_;
  const bool timed_;
  const bool limited_;
  void (*const over_limit_)(const char*);
  const double max_seconds_;
};

}  // namespace profile_train::simulator
