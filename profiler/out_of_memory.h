#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/phases.h"
#include "profiler/scope_path.h"
#include "profiler/steps.h"
#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// The requests that a caching allocator could not serve, on any card, and what was live at each of those moments.
///
/// The first few and the latest: a program that catches them may go on to fail a thousand times, and those between are
/// only counted, in DeviceTotals.
std::vector<OutOfMemory> find_out_of_memory(const Trace& trace, const ScopePaths& paths,
                                            const std::vector<Allocation>& allocations,
                                            const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps);

}  // namespace profile_train
