#pragma once

#include <optional>

#include "profiler/allocator/settings.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// How a training run that nobody has run would go on a card.
struct PredictedFit {
  bool fits = false;
  Bytes requested_peak_bytes = 0;  ///< of the whole run, also of one that does not fit
};

/// The exact memory model's run of two steps, the first and one that stands for all later ones, through the model of
/// PyTorch's caching allocator, which can have `capacity_bytes` of the card. The setup must be one the model covers.
PredictedFit predict_fit(const TrainingSetup& setup, const allocator::Settings& settings, Bytes capacity_bytes);

}  // namespace profile_train
