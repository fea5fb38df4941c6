#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/training_setup.h"

namespace profile_train {

/// A parameter by the name and the sizes that the model's own named_parameters() has for it.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> sizes;

  std::int64_t numel() const {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes) product *= size;
    return product;
  }
};

inline std::int64_t head_size(const TrainingSetup& s) {
  return s.head_size > 0 || s.heads == 0 ? s.head_size : s.hidden / s.heads;
}
inline std::int64_t kv_heads(const TrainingSetup& s) { return s.kv_heads > 0 ? s.kv_heads : s.heads; }

/// Every parameter of the model that the setup names, each once, named as its published checkpoints
/// name them; empty if the family is not known.
std::vector<ParameterShape> parameter_shapes(const TrainingSetup& setup);

}  // namespace profile_train
