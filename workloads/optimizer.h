#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "workloads/config.h"

namespace profile_train::workloads {

/// LibTorch's own AdamW or SGD: one tensor after the other, state born in the first step.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerConfig& config,
                                                        std::vector<torch::Tensor> parameters);

}  // namespace profile_train::workloads
