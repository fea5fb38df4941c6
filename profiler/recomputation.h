#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_path.h"
#include "profiler/summary.h"

namespace profile_train {

/// What gradient checkpointing ran a second time in `step`: everything that happened in Phase::recompute. None if
/// nothing did. Pure function.
std::optional<Recomputation> recomputation_in(const StepSummary& step, const std::vector<PhaseSummary>& phases,
                                              const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                              const ScopePaths& paths);

/// LibTorch's attention kernels that ran, by the names of their operators, in the order in which they first did. Empty
/// if attention was put together from smaller operators.
std::vector<std::string> attention_operators(const Trace& trace);

}  // namespace profile_train
