#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/scope_path.h"
#include "profiler/steps.h"
#include "profiler/summary.h"

namespace profile_train {

/// Places (operator, module, phase, category) whose live bytes rose with each of the last steps: what a leak looks
/// like. Fastest first.
///
/// Compares the ends of complete steps and asks for at least three rises in a row up to the last one, so that what is
/// made once, such as the optimizer's state in step 1, is no growth.
std::vector<GrowthRow> find_growth(const ScopePaths& paths, const std::vector<Allocation>& allocations,
                                   const DeviceTotals& device, const std::vector<StepSpan>& steps);

}  // namespace profile_train
