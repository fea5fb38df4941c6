#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "workloads/config.h"

/// One file an optimizer, named like the function. A new one is a line here and a line in optimizer.cpp.
///
/// Beside its name: the state it keeps for a parameter of n numbers in fp32, and the temporaries of its step on CUDA
/// (docs/memory_model.md has both for the CPU too).
namespace profile_train::workloads {

using OptimizerPtr = std::unique_ptr<torch::optim::Optimizer>;
using Tensors = std::vector<torch::Tensor>;

OptimizerPtr make_sgd(const OptimizerConfig& config, Tensors parameters);   // LibTorch's: 4n with momentum, else 0
OptimizerPtr make_adam(const OptimizerConfig& config, Tensors parameters);  // LibTorch's, Adam and AdamW: 8n; 8·n_max
OptimizerPtr make_adam_foreach(const OptimizerConfig& config, Tensors parameters);  // 8n; 4N
OptimizerPtr make_adam_fused(const OptimizerConfig& config, Tensors parameters);    // 8n + 4; none
OptimizerPtr make_rmsprop(const OptimizerConfig& config,
                          Tensors parameters);  // LibTorch's: 4n, momentum 4n, centred 4n
OptimizerPtr make_adafactor(const OptimizerConfig& config,
                            Tensors parameters);                            // (r, c): 4(r + c), a vector: 4n; 4·n_max
OptimizerPtr make_lamb(const OptimizerConfig& config, Tensors parameters);  // 8n; 4·n_max
OptimizerPtr make_adamw_8bit(const OptimizerConfig& config, Tensors parameters);  // 520 bytes for each 256 numbers

}  // namespace profile_train::workloads
