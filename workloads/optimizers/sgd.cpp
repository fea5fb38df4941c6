#include "workloads/optimizers/optimizers.h"

namespace profile_train::workloads {

OptimizerPtr make_sgd(const OptimizerConfig& config, Tensors parameters) {
  const auto options =
      torch::optim::SGDOptions(config.learning_rate).momentum(config.momentum).weight_decay(config.weight_decay);
  return std::make_unique<torch::optim::SGD>(std::move(parameters), options);
}

}  // namespace profile_train::workloads
