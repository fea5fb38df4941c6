#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// The model's parameters as the trace saw them. A storage counts once, however many tensors share it; a parameter that
/// moved to another storage (a cast of the whole model, say) counts where it was last.
ParameterInventory count_parameters(const Trace& trace, const std::vector<Allocation>& allocations);

}  // namespace profile_train
