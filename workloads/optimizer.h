#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "workloads/config.h"

namespace profile_train::workloads {

/// The optimizer that the configuration names, its state born in the first step; load_config() has checked that it
/// exists. workloads/optimizers/ has one file for each.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerConfig& config,
                                                        std::vector<torch::Tensor> parameters);

}  // namespace profile_train::workloads
