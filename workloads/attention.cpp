#include "workloads/attention.h"

#include <cmath>
#include <limits>
#include <optional>

#include "workloads/layers.h"
#include "workloads/sdpa_kernels.h"

namespace profile_train::workloads {
namespace {

torch::Tensor materialised(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, double dropout_p,
                           bool training) {
  const auto sequence = q.size(2);
  auto scores = torch::matmul(q, k.transpose(-2, -1));                  // (B,a,S,S)
  scores = scores * (1.0 / std::sqrt(static_cast<double>(q.size(3))));  // the unscaled scores end here
  // A mask for each block, as straightforward programs have it: the memory model has a term for it.
  const auto future = torch::ones({sequence, sequence}, q.options().dtype(torch::kBool)).triu(1);  // (S,S), true: hide
  scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
  scores = torch::softmax(scores, -1);
  return torch::matmul(drop(scores, dropout_p, training), v);
}

}  // namespace

torch::Tensor causal_attention(AttentionKind kind, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, double dropout_p, bool training) {
  if (kind == AttentionKind::materialised) return materialised(q, k, v, dropout_p, training);
  const SdpaKernelGuard kernels(kind);
  constexpr bool kCausal = true;
  return torch::scaled_dot_product_attention(q, k, v, {}, training ? dropout_p : 0.0, kCausal);
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
