#pragma once

#include "profiler/event.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// A model whose matrices in the blocks are codes of 8 or 4 bits, with a scale of 4 bytes for each group, and the rest
/// bf16.
struct InferenceInCodes {
  Bytes weight_bytes = 0;
  Bytes peak_bytes = 0;  ///< highest requested bytes of a forward pass for all logits
};

/// Derived from the exact run with whole matrices in bf16 on CUDA: each product gets its matrix from codes, which takes
/// what workloads/quantised_matrix.cpp takes for GPT-2, whose exact run has the same peak. For families that no program
/// here quantises. `setup` is covered by the model in bf16; quantisation_group is that of the codes.
InferenceInCodes inference_in_codes(const TrainingSetup& setup, WeightStorage storage);

}  // namespace profile_train
