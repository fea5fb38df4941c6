#pragma once

#include <cstdint>

#include "profiler/memory_model/symbolic/autograd.h"

namespace profile_train::symbolic {

/// Head and loss as workloads/chunked_loss.cpp does them, `chunk_rows` rows at a time: `features` (B, S, H), the head's
/// weight (V, H), `targets` (B, S).
Tensor chunked_cross_entropy(Program& program, const Tensor& features, const Tensor& weight, const Tensor& targets,
                             std::int64_t chunk_rows);

}  // namespace profile_train::symbolic
