#pragma once

#include <cstdint>

#include "profiler/memory_model/symbolic/autograd.h"

namespace profile_train::symbolic {

struct LossInChunks {
  std::int64_t rows = 0;  ///< that are worked on at once
  bool padded = false;    ///< some positions are padding and have no target
};

/// Head and loss as workloads/chunked_loss.cpp does them: `features` (B, S, H), the head's weight (V, H), `targets`
/// (B, S).
Tensor chunked_cross_entropy(Program& program, const Tensor& features, const Tensor& weight, const Tensor& targets,
                             const LossInChunks& how);

}  // namespace profile_train::symbolic
