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

/// One forward pass for its logits, without gradients and without dropout: the weights, a batch of ids, the logits.
PredictedRun predict_inference(const TrainingSetup& setup);

}  // namespace profile_train::symbolic
