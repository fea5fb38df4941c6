#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "workloads/config.h"

namespace profile_train::workloads {

/// Takes the gradient from every parameter that the configuration does not train.
void freeze(torch::nn::Module& model, const ModelConfig& config);

/// Those that need a gradient, in the order of parameters(): all that an optimizer is to see.
std::vector<torch::Tensor> trained_parameters(const torch::nn::Module& model);

/// checkpoint() of what a module does with x, where x may need no gradient.
///
/// An autograd function none of whose inputs needs a gradient makes no graph, and what is trained inside of it would
/// get no gradient either. So an empty tensor that needs one goes along if anything in the module is trained: it takes
/// no memory, and x still gets no gradient. If nothing is trained, nothing is kept.
torch::Tensor checkpoint_of(const torch::nn::Module& module, std::function<torch::Tensor(const torch::Tensor&)> run,
                            const torch::Tensor& x, bool draws);

}  // namespace profile_train::workloads
