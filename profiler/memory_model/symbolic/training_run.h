#pragma once

#include <cstdint>
#include <vector>

#include "profiler/memory_model/symbolic/program.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

/// Everything a training run asks of the allocator, predicted: from the birth of the model to the end of `steps` steps.
struct PredictedRun {
  std::vector<PredictedAllocation> allocations;
  std::vector<PredictedEvent> events;
};

/// The loop of workloads/trainer.cpp without its numbers. Steps after the second repeat it: two are enough.
PredictedRun predict_run(const TrainingSetup& setup, std::int32_t steps);

}  // namespace profile_train::symbolic
