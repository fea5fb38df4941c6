#include "profiler/memory_model/comparison.h"

namespace profile_train {

ModelComparison compare_with_model(const Trace& trace, const std::vector<Allocation>&, const std::vector<StepSummary>&,
                                   const std::vector<PhaseSummary>&) {
  ModelComparison comparison;
  if (!trace.header.setup)
    comparison.why_not = "the program did not say what it trains: pass a TrainingSetup to the session";
  else
    comparison.why_not = "the memory model has no formulas for this setup";
  return comparison;
}

}  // namespace profile_train
