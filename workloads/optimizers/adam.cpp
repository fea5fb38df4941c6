#include "workloads/optimizers/optimizers.h"

namespace profile_train::workloads {

OptimizerPtr make_adam(const OptimizerConfig& config, Tensors parameters) {
  const std::tuple<double, double> betas = {config.betas[0], config.betas[1]};
  if (config.kind == OptimizerKind::adam) {
    const auto options = torch::optim::AdamOptions(config.learning_rate).betas(betas).weight_decay(config.weight_decay);
    return std::make_unique<torch::optim::Adam>(std::move(parameters), options);
  }
  const auto options = torch::optim::AdamWOptions(config.learning_rate).betas(betas).weight_decay(config.weight_decay);
  return std::make_unique<torch::optim::AdamW>(std::move(parameters), options);
}

}  // namespace profile_train::workloads
