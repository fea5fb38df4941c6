#pragma once

#include <algorithm>
#include <cstdint>

#include "profiler/memory_model/parameter_shapes.h"

namespace profile_train {

/// Numbers in the model's parameters, each counted once: the sum over parameter_shapes(). For GPT-2 that is
/// V·H + T·H + L(4H² + 2HF + F + 9H) + 2H, and V·H again if the head is not tied; with F = 4H the bracket is 12H² +
/// 13H.
inline std::int64_t parameter_count(const TrainingSetup& s) {
  std::int64_t sum = 0;
  for (const ParameterShape& shape : parameter_shapes(s)) sum += shape.numel();
  return sum;
}

/// Numbers in the largest parameter: what an optimizer that works tensor by tensor needs its temporaries for.
inline std::int64_t largest_parameter(const TrainingSetup& s) {
  std::int64_t largest = 0;
  for (const ParameterShape& shape : parameter_shapes(s)) largest = std::max(largest, shape.numel());
  return largest;
}

}  // namespace profile_train
