#include "workloads/projection.h"

#include <utility>

#include "hooks/session.h"

namespace profile_train::workloads {

Adapter::Adapter(torch::nn::Module& owner, const MatrixShape& shape, const ModelConfig& config,
                 const torch::TensorOptions& options)
    : factor_(config.lora_alpha / static_cast<double>(config.lora_rank)) {
  const auto rank = config.lora_rank;
  const double init_std = 1.0 / static_cast<double>(rank);
  a_ = owner.register_parameter("lora_A", torch::empty({shape.in, rank}, options).normal_(0.0, init_std));
  b_ = owner.register_parameter("lora_B", torch::zeros({rank, shape.out}, options));
}

torch::Tensor Adapter::added_to(const torch::Tensor& y, const torch::Tensor& x) const {
  return torch::addmm(y, torch::mm(x, a_).mul_(factor_), b_);
}

Projection::Projection(std::string path, const MatrixShape& shape, const ModelConfig& config,
                       const torch::TensorOptions& options)
    : path_(std::move(path)),
      in_(shape.in),
      out_(shape.out),
      matrix_(make_matrix(*this, shape, config, options)),
      bias_(register_parameter("bias", torch::zeros({shape.out}, options))),
      adapter_(config.lora_rank > 0 ? std::make_unique<Adapter>(*this, shape, config, options) : nullptr) {}

torch::Tensor Projection::forward(const torch::Tensor& x) {
  const ModuleGuard module(path_);
  const auto rows = x.view({-1, in_});
  auto y = matrix_->times(rows, bias_);
  if (adapter_) y = adapter_->added_to(y, rows);
  return y.view({x.size(0), x.size(1), out_});
}

}  // namespace profile_train::workloads
