#pragma once

#include <optional>

#include "workloads/modes.h"

namespace profile_train::workloads {

/// What frozen blocks, adapters and quantised weights cannot be combined with, or what their sizes do not fit.
std::optional<ModeProblem> impossible_finetuning(const TrainingConfig& config);

}  // namespace profile_train::workloads
