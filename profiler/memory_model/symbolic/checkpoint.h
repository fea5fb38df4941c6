#pragma once

#include <functional>
#include <vector>

#include "profiler/memory_model/symbolic/autograd.h"

namespace profile_train::symbolic {

/// workloads/checkpoint.cpp without its numbers: run(x) without a graph, and in backward once more with one, in
/// Phase::recompute, followed by its own backward. `draws`: run() draws random numbers, whose state is set twice.
Tensor checkpoint(Program& program, const std::function<Tensor(const Tensor&)>& run, const Tensor& x, bool draws);

/// The same of several tensors.
using SeveralTensors = std::vector<Tensor>;
Tensor checkpoint(Program& program, const std::function<Tensor(const SeveralTensors&)>& run,
                  const SeveralTensors& inputs, bool draws);

}  // namespace profile_train::symbolic
