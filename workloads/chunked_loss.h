#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace profile_train::workloads {

/// Mean cross-entropy of `features` · `head_weight`^T against `targets`, without ever holding all logits.
///
/// The head's product and the loss are done for `chunk_rows` rows at a time, in forward and again in backward, so that
/// two (chunk_rows, V) tensors exist where the whole loss has three of (B·S, V). Kept for backward: the features and
/// the targets. The price is one more product of the head. Same loss and gradients as the whole one, up to the order of
/// sums. Logits have the type that the head's product gives under the caller's autocast; the loss is in fp32.
///
/// `features` (B,S,H), `head_weight` (V,H), `targets` (B,S) int64. Gradients are made for those that require one.
/// `counted`: how many targets there are, if some are negative, which leaves their positions out; 0: all are counted.
torch::Tensor chunked_cross_entropy(const torch::Tensor& features, const torch::Tensor& head_weight,
                                    const torch::Tensor& targets, std::int64_t chunk_rows, std::int64_t counted = 0);

}  // namespace profile_train::workloads
