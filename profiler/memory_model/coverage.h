#pragma once

#include <string>

#include "profiler/training_setup.h"

namespace profile_train {

/// Why the memory model has no formulas for a setup, in one sentence; empty if it has.
std::string why_not_covered(const TrainingSetup& setup);

}  // namespace profile_train
