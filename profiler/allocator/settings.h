#pragma once

#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "profiler/event.h"
#include "profiler/result.h"

namespace profile_train::allocator {

inline constexpr Bytes kMiB = Bytes{1} << 20;
inline constexpr Bytes kNoLimit = std::numeric_limits<Bytes>::max();

/// The settings of PyTorch's caching allocator that decide where a block is placed; the defaults are PyTorch's.
struct Settings {
  static constexpr std::size_t kIntervals = 16;

  bool expandable_segments = false;
  Bytes max_split_bytes = kNoLimit;                ///< larger blocks are not split, and serve only large requests
  Bytes max_non_split_rounding_bytes = 20 * kMiB;  ///< how much larger than the request such a block may be
  Bytes large_segment_bytes = 20 * kMiB;           ///< asked of the driver for requests from 1 to 10 MiB
  /// Into how many parts the way from a power of two to the next is divided when a request is rounded up; 0: rounded to
  /// 512 B. Entry i is for requests from 2^i MiB on, the first also for smaller ones, the last also for larger ones.
  std::array<std::uint64_t, kIntervals> roundup_power2_divisions{};
  double garbage_collection_threshold = 0.0;  ///< share of the allowed memory from which it collects; 0: never
  double memory_fraction = 1.0;               ///< share of the device that the process may take

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// Reads what PYTORCH_ALLOC_CONF takes, "expandable_segments:True,max_split_size_mb:128". Settings that do not concern
/// placement are let pass. What is not named has its default, as in PyTorch. Also taken, for people: "expandable" and
/// "default".
Result<Settings> parse_settings(std::string_view text);

/// The inverse, without what has its default; "default" if everything has.
std::string to_text(const Settings& settings);

}  // namespace profile_train::allocator
