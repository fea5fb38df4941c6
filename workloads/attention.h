#pragma once

#include <torch/torch.h>

#include "profiler/training_setup.h"

namespace profile_train::workloads {

/// Causal attention of q, k and v, each (B, a, S, H/a), to (B, a, S, H/a). What it keeps for backward, beside q, k and
/// v:
///
/// materialised, operator by operator: matmul(q, k^T), times 1/sqrt(H/a), masked_fill, softmax, dropout if any,
///   matmul with v. Kept: the softmax (4A), the mask (S²), and with dropout its noise (4A) and its output (4A).
/// sdpa: one operator. On the CPU without dropout it is the flash kernel: its output (4E) and the logarithm of each
/// row's
///   sum (4BaS). With dropout the CPU has only the path that materialises.
///
/// `mask`, if defined, is causal_mask_of_padded() and takes the place of the causal mask: one for all blocks. SDPA
/// turns it into numbers to add to the scores, anew in each block, and its kernels keep those.
torch::Tensor causal_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training, const torch::Tensor& mask = {});

/// The same without the causal mask: `mask` is padding_mask(), or any other that goes with (B, a, S, S).
torch::Tensor masked_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training, const torch::Tensor& mask);

/// (B, 1, 1, S), boolean: every position may see all others but the padding that begins at `lengths` (B). As the kind
/// of attention wants it.
torch::Tensor padding_mask(AttentionKind kind, const torch::Tensor& positions, const torch::Tensor& lengths);

/// (B, 1, S, S), boolean: each position may see those before it and itself, without the padding that begins at
/// `lengths` (B). As the kind of attention wants it: materialised scores are filled where it is true, SDPA shows what
/// is true. Every sequence has at least one token, so that no row of scores is hidden as a whole.
torch::Tensor causal_mask_of_padded(AttentionKind kind, const torch::Tensor& positions, const torch::Tensor& lengths);

/// Attention of q (B, a, S, d) to all of k and v (B, a, T, d): softmax(scale · q k^T + bias) v. `bias`, if defined,
/// goes with (B, a, S, T); positions that must not be seen have −∞ there.
torch::Tensor biased_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& bias, double scale, double dropout_p,
                               bool training);

}  // namespace profile_train::workloads
