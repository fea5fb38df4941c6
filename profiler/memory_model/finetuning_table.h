#pragma once

#include "profiler/memory_model/estimate.h"

namespace profile_train {

/// What a model that is fine-tuned in part, or stored in codes, takes: how much of it is trained, and the bytes of
/// weights, gradients and optimizer state beside those of training all of it in full. Empty rows for other setups.
EstimateTable finetuning_table(const TrainingSetup& setup);

}  // namespace profile_train
