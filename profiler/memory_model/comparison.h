#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// The memory model beside what was observed: at the logits spike, at the peak of the last step and at that of step 1.
///
/// Pure function. Needs `trace.header.setup`, and allocations with their final categories; if something is missing, or
/// the setup is one the model does not cover, `why_not` says so in one sentence and everything else is empty.
ModelComparison compare_with_model(const Trace& trace, const std::vector<Allocation>& allocations,
                                   const DeviceTotals& device, const std::vector<StepSummary>& steps,
                                   const std::vector<PhaseSummary>& phases);

}  // namespace profile_train
