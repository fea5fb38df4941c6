#pragma once

#include <cstdint>

#include "profiler/training_setup.h"

namespace profile_train {

/// Numbers in GPT-2's parameters, exactly: V·H + T·H + L(4H² + 2HF + F + 9H) + 2H, and V·H again if the head is not
/// tied. With F = 4H the bracket is 12H² + 13H.
inline std::int64_t parameter_count(const TrainingSetup& s) {
  const std::int64_t attention = 4 * s.hidden * s.hidden + 4 * s.hidden;  // q, k, v, output; biases
  const std::int64_t feed_forward = 2 * s.hidden * s.feed_forward + s.feed_forward + s.hidden;  // two matrices; biases
  const std::int64_t norm = 2 * s.hidden;                                                       // scale and shift
  const std::int64_t tables = (s.vocabulary + s.positions) * s.hidden;
  const std::int64_t head = s.tied_head ? 0 : s.vocabulary * s.hidden;
  return tables + s.blocks * (attention + feed_forward + 2 * norm) + norm + head;
}

/// Numbers in the largest parameter: what an optimizer that works tensor by tensor needs its temporaries for.
inline std::int64_t largest_parameter(const TrainingSetup& s) {
  const std::int64_t feed_forward = s.blocks > 0 ? s.hidden * s.feed_forward : 0;
  const std::int64_t projection = s.blocks > 0 ? 3 * s.hidden * s.hidden : 0;
  std::int64_t largest = s.vocabulary * s.hidden;
  for (const std::int64_t other : {s.positions * s.hidden, feed_forward, projection})
    largest = other > largest ? other : largest;
  return largest;
}

}  // namespace profile_train
