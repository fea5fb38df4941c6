#pragma once

#include <vector>

#include "profiler/allocator/settings.h"
#include "profiler/summary.h"

namespace profile_train {

/// What the exact memory model says of changes to a training run that ran out of memory on a card of which it could
/// have `capacity_bytes`: for each, how much lower its peak is, and whether it fits.
///
/// Changes that the model does not cover are left out. Empty as well if the model finds that the run should have fit:
/// then something else took the memory, and the model is no witness.
std::vector<Remedy> remedies_from_model(const TrainingSetup& setup, const allocator::Settings& settings,
                                        Bytes capacity_bytes);

}  // namespace profile_train
