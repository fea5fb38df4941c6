#pragma once

#include "profiler/memory_model/symbolic/optimizers.h"

namespace profile_train::symbolic {

/// workloads/weight_update.cpp without its numbers: loss scaling, master weights, clipping, the optimizer.
class WeightUpdate {
 public:
  WeightUpdate(Program& program, const TrainingSetup& setup, const Parameters& parameters);

  Tensor scaled(const Tensor& loss) const;
  void apply(bool skipped);  ///< skipped: scaled gradients were not finite
  void zero_gradients();

 private:
  void take_gradients();

  Program& program_;
  const TrainingSetup& setup_;
  Parameters parameters_;             ///< those that are trained
  Parameters masters_;                ///< empty: the optimizer works on the parameters
  std::vector<Tensor> scaler_state_;  ///< empty: the loss is not scaled
};

}  // namespace profile_train::symbolic
