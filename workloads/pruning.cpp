#include "workloads/pruning.h"

#include <cmath>

#include "profiler/memory_model/pruned_shape.h"

namespace profile_train::workloads {
namespace {

class MaskedMatrix : public StoredMatrix {
 public:
  MaskedMatrix(torch::nn::Module& owner, const MatrixShape& shape, double pruned_share,
               const torch::TensorOptions& options)
      : weight_(owner.register_parameter("weight",
                                         torch::empty({shape.in, shape.out}, options).normal_(0.0, shape.init_std))),
        mask_(owner.register_buffer("weight_mask", mask_of_largest(weight_, pruned_share))) {}

  torch::Tensor times(const torch::Tensor& x, const torch::Tensor& bias) const override {
    return torch::addmm(bias, x, weight_ * mask_);
  }

 private:
  torch::Tensor weight_;
  torch::Tensor mask_;
};

}  // namespace

ModelConfig after_pruning(const ModelConfig& config) {
  if (config.pruning != Pruning::structured) return config;
  const PrunedShape left = pruned_shape(config.heads, config.feed_forward, config.pruned_share);
  ModelConfig pruned = config;
  if (pruned.head_size == 0) pruned.head_size = config.hidden / config.heads;
  pruned.heads = left.heads;
  pruned.feed_forward = left.feed_forward;
  pruned.pruning = Pruning::none;  // it has been done
  return pruned;
}

torch::Tensor mask_of_largest(const torch::Tensor& weight, double pruned_share) {
  const torch::NoGradGuard no_gradients;
  const auto numbers = weight.numel();
  const auto pruned = std::llround(pruned_share * static_cast<double>(numbers));
  const auto options = weight.options().dtype(torch::kBool).requires_grad(false);
  if (pruned == 0 || weight.is_meta()) return torch::ones(weight.sizes(), options);
  // On the CPU, once, so that the device's memory holds nothing but the mask.
  const auto magnitudes = weight.to(torch::kCPU, torch::kFloat32).abs().flatten();
  const auto largest_hidden = std::get<0>(magnitudes.kthvalue(pruned));
  auto mask = magnitudes.gt(largest_hidden);
  const auto as_large = magnitudes.eq(largest_hidden).nonzero().flatten();
  const auto left = numbers - pruned - mask.sum().item<std::int64_t>();  // of those that are equally large
  mask.index_fill_(0, as_large.slice(0, 0, left), true);
  return mask.view(weight.sizes()).to(weight.device());
}

std::unique_ptr<StoredMatrix> make_masked_matrix(torch::nn::Module& owner, const MatrixShape& shape,
                                                 double pruned_share, const torch::TensorOptions& options) {
  return std::make_unique<MaskedMatrix>(owner, shape, pruned_share, options);
}

}  // namespace profile_train::workloads
