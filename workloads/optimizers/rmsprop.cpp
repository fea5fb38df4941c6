#include "workloads/optimizers/optimizers.h"

namespace profile_train::workloads {

OptimizerPtr make_rmsprop(const OptimizerConfig& config, Tensors parameters) {
  const auto options = torch::optim::RMSpropOptions(config.learning_rate)
                           .momentum(config.momentum)
                           .centered(config.centered)
                           .weight_decay(config.weight_decay);
  return std::make_unique<torch::optim::RMSprop>(std::move(parameters), options);
}

}  // namespace profile_train::workloads
