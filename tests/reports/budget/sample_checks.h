#pragma once

#include "profiler/budget/check.h"

namespace profile_train::reports::testing {

/// GPT-2 small that keeps its budget but for the logits, which the loop held: 205,852,672 B where 154,389,504 B may be.
/// Optimizer step near its limit; reserved bytes not measured, on the CPU.
BudgetCheck exceeded_check();

/// Everything within.
BudgetCheck kept_check();

/// An imported recording: figures that rest on what was inferred are over, kept, and not judged.
BudgetCheck inferred_check();

/// Names that would break a file that does not escape them: quotes, tags, pipes, control characters, no UTF-8.
BudgetCheck hostile_check();

}  // namespace profile_train::reports::testing
