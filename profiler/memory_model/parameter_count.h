#pragma once

#include <algorithm>
#include <cstdint>

#include "profiler/event.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {

/// Numbers in the model's parameters, each counted once: the sum over parameter_shapes(). For GPT-2 that is
/// V·H + T·H + L(4H² + 2HF + F + 9H) + 2H, and V·H again if the head is not tied; with F = 4H the bracket is 12H² +
/// 13H. Adapters count, and so do matrices that are stored in codes, number by number.
inline std::int64_t parameter_count(const TrainingSetup& s) {
  std::int64_t sum = 0;
  for (const ParameterShape& shape : parameter_shapes(s)) sum += shape.numel();
  for (const ParameterShape& matrix : quantised_matrices(s)) sum += matrix.numel();
  return sum;
}

/// Of those, the numbers that are trained: N unless the model is fine-tuned in part.
inline std::int64_t trained_parameter_count(const TrainingSetup& s) {
  std::int64_t sum = 0;
  for (const ParameterShape& shape : trained_parameter_shapes(s)) sum += shape.numel();
  return sum;
}

/// What formulas call that: N_t if it is not all of N.
inline const char* letter_of_trained(const TrainingSetup& s) { return is_tuned_in_part(s) ? "N_t" : "N"; }

/// Numbers in the largest parameter that is trained: what an optimizer that works tensor by tensor needs its
/// temporaries for.
inline std::int64_t largest_parameter(const TrainingSetup& s) {
  std::int64_t largest = 0;
  for (const ParameterShape& shape : trained_parameter_shapes(s)) largest = std::max(largest, shape.numel());
  return largest;
}

/// Codes and scales of the matrices that are stored in codes.
inline Bytes code_bytes(const TrainingSetup& s) {
  Bytes bytes = 0;
  for (const ParameterShape& matrix : quantised_matrices(s)) {
    const std::int64_t numbers = matrix.numel();
    bytes += s.weight_storage == WeightStorage::int4 ? numbers / 2 : numbers;
    bytes += 4 * (numbers / s.quantisation_group);
  }
  return bytes;
}

/// All weights, trained or not, whole or in codes.
inline Bytes weight_bytes(const TrainingSetup& s) {
  std::int64_t whole = 0;
  for (const ParameterShape& shape : parameter_shapes(s)) whole += shape.numel();
  return widths_of(s).weight * whole + code_bytes(s);
}

}  // namespace profile_train
