#pragma once

#include "profiler/memory_model/estimate.h"

namespace profile_train {

/// Statements of the source texts about parameters, precisions and rules of thumb: each with its formula computed, the
/// figure the text prints, and the difference where there is one. docs/memory_model.md, section 1.
EstimateTable parameter_table(const TrainingSetup& setup);
/// The texts' count beside the exact one of a model that is not GPT-2: a row for the list of its parameters.
EstimateRow stated_count_row(const TrainingSetup& setup);
EstimateTable worked_examples_table();
EstimateTable known_models_table();
EstimateTable data_types_table(const TrainingSetup& setup);
EstimateTable optimizers_table(const TrainingSetup& setup);
EstimateTable scaling_table(const TrainingSetup& setup);

}  // namespace profile_train
