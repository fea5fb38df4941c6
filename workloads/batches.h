#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <random>
#include <vector>

#include "profiler/result.h"
#include "workloads/tokens.h"

namespace profile_train::workloads {

struct Batch {
  torch::Tensor inputs;   // (B,S) int64
  torch::Tensor targets;  // (B,S) int64: the token after each input
};

/// Draws windows of a token file at random places, the same ones for the same seed.
///
/// Windows are drawn one after the other, so that two batches of B hold what one batch of 2B would have held. The file
/// is read where a window lies; the two tensors are the only memory a batch takes.
class BatchSampler {
 public:
  /// Fails if the file is too short for one window, or holds ids that the model does not know.
  static Result<BatchSampler> create(const TrainingConfig& config);
  Result<Batch> next();

 private:
  BatchSampler(TokenFile tokens, const TrainingConfig& config);

  TokenFile tokens_;
  std::int64_t batch_;
  std::int64_t sequence_;
  std::int64_t vocabulary_;
  std::mt19937_64 engine_;
  std::vector<std::int64_t> window_;  // S+1 tokens: reused, so that drawing allocates only the batch
};

}  // namespace profile_train::workloads
