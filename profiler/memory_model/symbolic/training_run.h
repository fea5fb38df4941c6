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

/// Updates that a loss scaler left out because gradients were not finite: no weight changed, no state was made.
struct SkippedUpdates {
  bool first = false;  ///< of step 1
  bool later = false;  ///< of the steps after it
  friend bool operator==(const SkippedUpdates&, const SkippedUpdates&) = default;
};

/// The loop of workloads/trainer.cpp without its numbers, or of workloads/inference.cpp if that is the task. Steps
/// after the second repeat it: two are enough.
PredictedRun predict_run(const TrainingSetup& setup, std::int32_t steps, const SkippedUpdates& skipped = {});

/// The same of workloads/inference.cpp, whatever the task of the setup is: forward passes for their logits, without
/// gradients and without dropout.
PredictedRun predict_inference(const TrainingSetup& setup, std::int32_t steps = 1);

}  // namespace profile_train::symbolic
