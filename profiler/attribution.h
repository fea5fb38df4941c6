#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_path.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Who allocated: totals by innermost module and by outermost operator, most bytes at the peak first.
///
/// A module's row holds what was born in it and not in a module inside it, so the rows of either table sum to the
/// device's totals. Weights are counted where they were born, which is outside every module.
struct Attribution {
  std::vector<AttributionRow> modules;
  std::vector<AttributionRow> operators;
};

Attribution attribute(const Trace& trace, const ScopePaths& paths, const std::vector<Allocation>& allocations,
                      const DeviceTotals& device, EventIndex peak);

}  // namespace profile_train
