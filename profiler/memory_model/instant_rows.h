#pragma once

#include <optional>

#include "profiler/memory_model/corrected.h"
#include "profiler/memory_model/predicted_instants.h"
#include "profiler/memory_model/terms.h"
#include "profiler/summary.h"

namespace profile_train {

/// What a trace shows at an instant.
struct ObservedInstant {
  Bytes bytes = 0;
  Phase phase = Phase::other;
  TermBytes terms{};
};

/// The columns of one instant as rows: one a term that any column has, each column with its total.
/// Without a corrected formula its column stays empty.
ModelInstant rows_of(const TrainingSetup& setup, const std::optional<FormulaInstant>& corrected,
                     const PredictedInstant& exact, const std::optional<ObservedInstant>& observed, std::int32_t step);

}  // namespace profile_train
