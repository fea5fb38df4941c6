#pragma once

#include <vector>

#include "profiler/summary.h"

namespace profile_train {

/// From what the program asked for to what the machine gave, a rung a row; a rung without a figure says why.
std::vector<LadderRung> cpu_ladder(Bytes requested_bytes, const TraceFooter& footer);

}  // namespace profile_train
