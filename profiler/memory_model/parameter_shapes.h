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
  bool trained = true;  ///< false: neither gradient nor optimizer state

  std::int64_t numel() const {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes) product *= size;
    return product;
  }
};

inline std::int64_t head_size(const TrainingSetup& s) {
  return s.head_size > 0 || s.heads == 0 ? s.head_size : s.hidden / s.heads;
}
/// Numbers of a token in all heads together: H, unless heads were pruned or have a size of their own.
inline std::int64_t attention_width(const TrainingSetup& s) {
  return s.head_size > 0 ? s.heads * s.head_size : s.hidden;
}
inline std::int64_t kv_heads(const TrainingSetup& s) { return s.kv_heads > 0 ? s.kv_heads : s.heads; }

/// Whether some of the model stays as it is: then the token table does, and a head that shares it.
inline bool is_tuned_in_part(const TrainingSetup& s) { return s.frozen_blocks > 0 || s.lora_rank > 0; }
/// Of adapters everything else stays as it is.
inline bool head_is_trained(const TrainingSetup& s) {
  return !is_tuned_in_part(s) || (!s.tied_head && s.lora_rank == 0);
}

/// Every parameter of the model that the setup names, each once, named as its published checkpoints
/// name them; empty if the family is not known. Matrices that are stored in codes are none.
std::vector<ParameterShape> parameter_shapes(const TrainingSetup& setup);

/// Those that a fine-tuning trains, in the same order; of a training of all, all.
std::vector<ParameterShape> trained_parameter_shapes(const TrainingSetup& setup);

/// The matrices that are stored in codes, under the names that they would have as parameters.
std::vector<ParameterShape> quantised_matrices(const TrainingSetup& setup);

}  // namespace profile_train
