#pragma once

#include <optional>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_path.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Replays the caching allocator of a device: what it held at the peaks and over time, and why requests were not served
/// by what was free. None: the device has no such allocator.
///
/// `summary` has its peak, phases and steps already, `allocations` their categories. A request that needs a new segment
/// counts as growth from the third step on: until then a program sets up what it keeps.
std::optional<AllocatorReplay> replay_allocator(const Trace& trace, const ScopePaths& paths,
                                                const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                                const Summary& summary);

}  // namespace profile_train
