#include "workloads/optimizer.h"

#include <utility>

namespace profile_train::workloads {

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerConfig& config,
                                                        std::vector<torch::Tensor> parameters) {
  if (config.kind == OptimizerKind::sgd) {
    return std::make_unique<torch::optim::SGD>(
        std::move(parameters),
        torch::optim::SGDOptions(config.learning_rate).momentum(config.momentum).weight_decay(config.weight_decay));
  }
  return std::make_unique<torch::optim::AdamW>(std::move(parameters), torch::optim::AdamWOptions(config.learning_rate)
                                                                          .betas({config.betas[0], config.betas[1]})
                                                                          .weight_decay(config.weight_decay));
}

}  // namespace profile_train::workloads
