#pragma once

#include <vector>

#include "profiler/summary.h"

namespace profile_train {

/// From what the program asked for to what the machine gave, a rung a row; a rung without a figure says why.
std::vector<LadderRung> cpu_ladder(Bytes requested_bytes, const TraceFooter& footer);

/// The same for a device with a caching allocator, with what each step consists of. Each rung has its own highest
/// figure; they may be of different instants. Reads peak, live set, first device, driver and footer of the summary.
std::vector<LadderRung> cuda_ladder(const Summary& summary);

}  // namespace profile_train
