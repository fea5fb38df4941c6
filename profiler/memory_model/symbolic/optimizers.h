#pragma once

#include <memory>
#include <vector>

#include "profiler/memory_model/symbolic/autograd.h"
#include "profiler/training_setup.h"

namespace profile_train::symbolic {

using Parameters = std::vector<std::shared_ptr<Parameter>>;

/// optimizer.step() of the optimizer in the setup, its state born in the first step. optimizer_*.cpp have one each.
void optimizer_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);

/// torch::nn::utils::clip_grad_norm_: one norm a tensor, all of them stacked, the gradients scaled in place.
void clip_gradient_norm(Program& program, const Parameters& parameters);

/// optimizer.zero_grad(set_to_none): without it the gradients are filled with zeros where they are.
void zero_gradients(const TrainingSetup& setup, const Parameters& parameters);

}  // namespace profile_train::symbolic
