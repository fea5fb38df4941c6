#pragma once

#include <optional>

#include "profiler/memory_model/terms.h"
#include "profiler/summary.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// What checkpointing saves by the exact model, category by category: the setup beside the same one without it, in the
/// steady state. None without checkpointing, or if the model does not cover the setup.
std::optional<CheckpointingEffect> checkpointing_effect(const TrainingSetup& setup);

/// The category that the bytes of a row of the model are in.
Category category_of(Term term);

}  // namespace profile_train
