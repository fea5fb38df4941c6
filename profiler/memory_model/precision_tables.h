#pragma once

#include <vector>

#include "profiler/memory_model/estimate.h"

namespace profile_train {

/// What the model needs for inference and for training in each precision: weights, copies of them, gradients, optimizer
/// state, activations and peak; and its weights in int8 and int4, for inference.
///
/// One table a precision. Activations and peaks are the exact model's; where it does not cover the setup, the row has
/// no value and says why.
std::vector<EstimateTable> precision_tables(const TrainingSetup& setup);

/// Every kind of parameter with its sizes: what the count adds up.
EstimateTable parameter_inventory(const TrainingSetup& setup);

}  // namespace profile_train
