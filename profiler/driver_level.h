#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/event.h"

namespace profile_train {

/// Whose the segments of LibTorch's caching allocator are, among those who ask the driver for memory.
inline constexpr std::string_view kCachingAllocator = "LibTorch's allocator";

/// What one library had from the driver.
struct DriverShare {
  std::string library;          ///< kCachingAllocator, "NCCL", "cuBLAS", …, a file's name; empty: could not be told
  Bytes at_peak_bytes = 0;      ///< of the device, when all of them together had most
  Bytes peak_bytes = 0;         ///< its own most, of the device
  Bytes pinned_peak_bytes = 0;  ///< its most page-locked memory of the host
  std::int64_t allocations = 0;
};

/// All that the process had from the driver of one device, and of page-locked host memory.
///
/// What came before the session is in it as far as it belongs to the caching allocator, which lists its segments.
struct DriverLevel {
  Bytes peak_bytes = 0;  ///< of the device
  EventIndex peak_event = 0;
  std::int32_t peak_step = 0;
  Phase peak_phase = Phase::other;
  Bytes at_start_bytes = 0;  ///< of the device, when NVML was asked for the first time
  Bytes at_end_bytes = 0;
  // At the peak, thereof:
  Bytes allocator_at_peak_bytes = 0;  ///< segments of the caching allocator
  Bytes carried_in_bytes = 0;         ///< those of them whose allocation was not seen: from before the session
  Bytes module_variable_bytes = 0;
  Bytes unused_in_pools_bytes = 0;  ///< what pools of stream-ordered memory held without using it
  Bytes pinned_peak_bytes = 0;
  std::vector<DriverShare> libraries;  ///< most at the peak first
};

}  // namespace profile_train
