#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <random>
#include <vector>

#include "profiler/result.h"
#include "workloads/tokens.h"

namespace profile_train::workloads {

/// A position with this target is left out of the loss (LibTorch's own default).
inline constexpr std::int64_t kNoTarget = -100;

struct Batch {
  torch::Tensor inputs;   // (B,S) int64; 0 where there is padding
  torch::Tensor targets;  // (B,S) int64: the token after each input, or kNoTarget where there is padding

  // Only where sequences are padded.
  torch::Tensor lengths = {};  // (B) int64: the tokens of each sequence before its padding, at least 1
  std::int64_t tokens = 0;     // sum of the lengths
  bool padded() const { return lengths.defined(); }
};

/// Draws windows of a token file at random places, the same ones for the same seed.
///
/// Windows are drawn one after the other, so that two batches of B hold what one batch of 2B would have held. The file
/// is read where a window lies; the tensors of a batch are the only memory it takes. With `train.padding` each window
/// ends in padding, of a length that is drawn for it.
class BatchSampler {
 public:
  /// Fails if the file is too short for one window, or holds ids that the model does not know.
  static Result<BatchSampler> create(const TrainingConfig& config);
  Result<Batch> next();

 private:
  BatchSampler(TokenFile tokens, const TrainingConfig& config);
  void pad_end_of(std::int64_t row, Batch& batch);

  TokenFile tokens_;
  std::int64_t batch_;
  std::int64_t sequence_;
  std::int64_t vocabulary_;
  double padding_;  // largest share of a sequence
  std::mt19937_64 engine_;
  std::vector<std::int64_t> window_;  // S+1 tokens: reused, so that drawing allocates only the batch
};

}  // namespace profile_train::workloads
