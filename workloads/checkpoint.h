#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

namespace profile_train::workloads {

/// run(x), of which autograd keeps x and nothing else: in backward it is run again, in Phase::recompute, and its own
/// backward follows at once.
///
/// The second run draws the same random numbers and has autocast as the first had it, so the gradients are those of
/// run(x) itself, to the bit. `draws`: whether run() draws random numbers; if it does, the state of the device's
/// generator is kept as well. Casts of weights in the first run are not kept by autocast's cache: they were made
/// without gradients, and nothing may use them again. `x` must require a gradient; what run() refers to must live until
/// backward.
torch::Tensor checkpoint(std::function<torch::Tensor(const torch::Tensor&)> run, const torch::Tensor& x, bool draws);

/// The same of several tensors, all of which get their gradients; at least one must require one.
///
/// A tensor that several checkpoints use gets the sum of what each gives, and each has added up its own part before: to
/// the last bit that is the gradient of run() itself only if every run uses the tensor once.
using SeveralTensors = std::vector<torch::Tensor>;
torch::Tensor checkpoint(std::function<torch::Tensor(const SeveralTensors&)> run, const SeveralTensors& inputs,
                         bool draws);

}  // namespace profile_train::workloads
