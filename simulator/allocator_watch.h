#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace profile_train::simulator {

/// Peaks of PyTorch's CUDA caching allocator on one device, as the allocator itself reports them. None: not reported.
struct AllocatorPeaks {
  std::optional<std::int64_t> requested_bytes;
  std::optional<std::int64_t> allocated_bytes;
  std::optional<std::int64_t> reserved_bytes;
  std::optional<std::int64_t> step;  ///< of the allocated peak: optimizer steps before it, plus 1
};

/// Keeps the peaks of what torch_watch.cpp is told. Thread-safe.
class AllocatorWatch {
 public:
  explicit AllocatorWatch(int devices) : peaks_(static_cast<std::size_t>(devices)) {}

  void report(int device, std::int64_t allocated_bytes, std::int64_t reserved_bytes);
  void report_requested(int device, std::int64_t requested_bytes);
  void count_step();  ///< an optimizer step has ended

  AllocatorPeaks peaks(int device) const;
  std::int64_t steps() const { return steps_.load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::vector<AllocatorPeaks> peaks_;
  std::atomic<std::int64_t> steps_{0};
};

}  // namespace profile_train::simulator
