#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "profiler/allocator/settings.h"
#include "profiler/analysis.h"
#include "profiler/category.h"
#include "profiler/result.h"

namespace profile_train {

/// A change to a recorded run.
struct WhatIf {
  std::vector<std::pair<Category, double>> scale;  ///< sizes of a category's allocations times a factor; 0 drops them
  std::optional<allocator::Settings> settings;     ///< of the caching allocator; none: those of the run
  std::optional<Bytes> memory_bytes;               ///< of the device; none: the device of the run
  bool unlimited_memory = false;                   ///< nothing ever runs out: what the program would need
};

/// The highest figures of a run, each at an instant of its own.
struct WhatIfPeaks {
  Bytes requested_bytes = 0;
  std::optional<Bytes> allocated_bytes;  ///< none: not known
  Bytes reserved_bytes = 0;
};

/// A request that could not be served.
struct WhatIfFailure {
  EventIndex event = 0;
  Bytes requested_bytes = 0;  ///< of a request that failed in the run as well: rounded
  Bytes reserved_bytes = 0;   ///< when it failed
};

struct WhatIfResult {
  WhatIfPeaks recorded;  ///< what the trace has
  WhatIfPeaks peaks;     ///< with the change
  /// What the allocator can have of the device: its size without what others held; none: unlimited, or not known.
  std::optional<Bytes> capacity_bytes;
  std::uint64_t requests = 0;
  std::uint64_t failed_requests = 0;           ///< 0: it fits
  std::optional<WhatIfFailure> first_failure;  ///< what follows it is no longer what the program would do
  /// Of the requests that ran out of memory in the run: whether the first is served now; none: there was none.
  std::optional<bool> serves_failed_request;
  std::vector<std::string> assumptions;  ///< one sentence each
  bool fits() const { return failed_requests == 0; }
};

/// Replays the run's requests, changed, through the model of the caching allocator, on the device that the summary
/// speaks of. The program is taken to make the same requests in the same order. Pure function; one sentence if the
/// trace does not let it: no caching allocator, or one that the replay does not reproduce.
///
/// Addresses come from a model of the device, so that without a change the result is the run's own if it began with an
/// empty cache; see docs/allocator_replay.md.
Result<WhatIfResult> what_if(const Analysis& analysis, const WhatIf& change);

}  // namespace profile_train
