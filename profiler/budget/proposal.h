#pragma once

#include <string>

#include "profiler/analysis.h"
#include "profiler/budget/budget.h"
#include "profiler/result.h"

namespace profile_train {

/// What becomes of figures that rest on what an imported recording has inferred.
enum class Inferred { left_out, accepted };

/// Limits that a run keeps with some room: what it had, and `headroom` (0.05 is 5 %) of that more. All that can be
/// measured of it: peaks, categories, phases, growth, fragmentation, residual. An error if the run cannot be judged.
Result<Budget> propose_budget(const Analysis& analysis, double headroom, Inferred inferred = Inferred::left_out);

}  // namespace profile_train
