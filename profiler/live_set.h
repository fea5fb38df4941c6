#pragma once

#include <cstdint>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_path.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

struct Analysis;

/// One allocation told in words; `now` is the event from which its age counts.
LiveAllocation in_words(const Allocation& allocation, const Trace& trace, const ScopePaths& paths, EventIndex now);

/// What is live after an event on one device, told in words, largest first; of equal size, the oldest first.
std::vector<LiveAllocation> live_set(const Trace& trace, const ScopePaths& paths,
                                     const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                     EventIndex event);

/// The same for an analysis that is done, on the device its summary speaks of: what a click on an instant shows.
std::vector<LiveAllocation> live_set(const Analysis& analysis, EventIndex event);

}  // namespace profile_train
