#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/summary.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// A labelled value of a formula. Which of the fields are filled depends on the table.
struct EstimateRow {
  std::string name;
  std::string formula;                ///< in the symbols of docs/memory_model.md
  std::optional<std::int64_t> count;  ///< numbers, not bytes
  std::optional<Bytes> bytes;
  std::optional<double> ratio;  ///< a factor without a unit
  std::string quoted;           ///< what the source text prints for it, word for word
  std::string note;             ///< where the source text is wrong, or what the value does not hold for
};

struct EstimateTable {
  std::string title;
  std::vector<EstimateRow> rows;
};

/// What the formulas say about a training run that nobody has run yet.
///
/// The instants have no observed column. A setup that the model does not cover still has the tables that need no more
/// than its sizes; `why_not` has the reason for the rest.
struct Estimate {
  TrainingSetup setup;
  std::int64_t parameters = 0;
  std::vector<EstimateTable> tables;  ///< in the order of reading
  ModelInstant spike;                 ///< steady state
  ModelInstant peak;                  ///< steady state
  ModelInstant first_step_peak;
  std::string why_not;
  std::string model;  ///< the known model or file whose shape this is; empty for a configuration
};

Estimate estimate(const TrainingSetup& setup);

/// The same for a model by its shape, in every precision: parameters, inference and training. The setup's own precision
/// does not count.
Estimate estimate_model(const TrainingSetup& setup, std::string model);

}  // namespace profile_train
