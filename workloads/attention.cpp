#include "workloads/attention.h"

#include <cmath>
#include <limits>
#include <optional>

#include "workloads/layers.h"
#include "workloads/sdpa_kernels.h"

namespace profile_train::workloads {
namespace {

/// (S,S), true: hide. A mask for each block, as straightforward programs have it: the memory model has a term for it.
torch::Tensor hidden_future(const torch::Tensor& q) {
  const auto sequence = q.size(2);
  return torch::ones({sequence, sequence}, q.options().dtype(torch::kBool)).triu(1);
}

/// `mask`: true where a position may not be seen; undefined: in the future.
torch::Tensor materialised(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, double dropout_p,
                           bool training, const torch::Tensor& mask) {
  auto scores = torch::matmul(q, k.transpose(-2, -1));                  // (B,a,S,S)
  scores = scores * (1.0 / std::sqrt(static_cast<double>(q.size(3))));  // the unscaled scores end here
  const auto hidden = mask.defined() ? mask : hidden_future(q);
  scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  scores = torch::softmax(scores, -1);
  return torch::matmul(drop(scores, dropout_p, training), v);
}

}  // namespace

torch::Tensor causal_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training, const torch::Tensor& mask) {
  if (mask.defined()) return masked_attention(kind, q, k, v, dropout_p, training, mask);
  if (kind == AttentionKind::materialised) return materialised(q, k, v, dropout_p, training, {});
  const SdpaKernelGuard kernels(kind);
  constexpr bool kCausal = true;
  return torch::scaled_dot_product_attention(q, k, v, {}, training ? dropout_p : 0.0, kCausal);
}

torch::Tensor masked_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training, const torch::Tensor& mask) {
  if (kind == AttentionKind::materialised) return materialised(q, k, v, dropout_p, training, mask);
  const SdpaKernelGuard kernels(kind);
  return torch::scaled_dot_product_attention(q, k, v, mask, training ? dropout_p : 0.0);
}

torch::Tensor padding_mask(AttentionKind kind, const torch::Tensor& positions, const torch::Tensor& lengths) {
  const auto ends = lengths.view({-1, 1, 1, 1});
  return kind == AttentionKind::materialised ? positions.ge(ends) : positions.lt(ends);
}

torch::Tensor causal_mask_of_padded(AttentionKind kind, const torch::Tensor& positions, const torch::Tensor& lengths) {
  const auto rows = positions.unsqueeze(1);       // (S,1)
  const auto ends = lengths.view({-1, 1, 1, 1});  // (B,1,1,1)
  if (kind == AttentionKind::materialised) {
    const auto future = positions.gt(rows);   // (S,S)
    const auto padding = positions.ge(ends);  // (B,1,1,S)
    return torch::logical_or(future, padding);
  }
  const auto past = positions.le(rows);
  const auto text = positions.lt(ends);
  return torch::logical_and(past, text);
}

torch::Tensor biased_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& bias, double scale, double dropout_p,
                               bool training) {
  if (kind != AttentionKind::materialised) {
    const SdpaKernelGuard kernels(kind);
    constexpr bool kCausal = false;
    const auto mask = bias.defined() ? std::optional(bias) : std::nullopt;
    return torch::scaled_dot_product_attention(q, k, v, mask, training ? dropout_p : 0.0, kCausal, scale);
  }
  auto scores = torch::matmul(q, k.transpose(-2, -1)) * scale;  // (B,a,S,T)
  if (bias.defined()) scores = scores + bias;
  return torch::matmul(drop(torch::softmax(scores, -1), dropout_p, training), v);
}

}  // namespace profile_train::workloads
