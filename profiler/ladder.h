#pragma once

#include <vector>

#include "profiler/summary.h"

namespace profile_train {

/// From what the program asked for to what the machine gave, a rung a row; a rung without a figure says why.
std::vector<LadderRung> cpu_ladder(Bytes requested_bytes, const TraceFooter& footer);
/// The same for a device with a caching allocator. Each rung has its own highest figure; they may be of different
/// instants.
std::vector<LadderRung> cuda_ladder(Bytes requested_bytes, const DeviceTotals& device);

}  // namespace profile_train
