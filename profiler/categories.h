#pragma once

#include <vector>

#include "profiler/allocation.h"
#include "profiler/phases.h"
#include "profiler/steps.h"
#include "profiler/trace.h"

namespace profile_train {

/// Gives every allocation the category that its storage had for its whole lifetime (docs/memory_model.md, section 5).
///
/// The first rule that fits decides: role, weight copy, logits, workspace, and then lifetime: what the data phase left
/// is an input, what forward or loss left is an activation, what began and ended within one step or phase is temporary.
/// What no rule fits stays unknown; in a step that was cut short, earlier steps tell what it would have become. Since a
/// category belongs to the allocation, categories sum to the ledger's total at every instant.
void categorise(const Trace& trace, const std::vector<PhaseSpan>& phases, const std::vector<StepSpan>& steps,
                std::vector<Allocation>& allocations);

}  // namespace profile_train
