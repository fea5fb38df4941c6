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
torch::Tensor causal_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training);

/// Attention of q (B, a, S, d) to all of k and v (B, a, T, d): softmax(scale · q k^T + bias) v. `bias`, if defined,
/// goes with (B, a, S, T); positions that must not be seen have −∞ there.
torch::Tensor biased_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& bias, double scale, double dropout_p,
                               bool training);

}  // namespace profile_train::workloads
