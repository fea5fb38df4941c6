#include "workloads/grad_scaler.h"

#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/_amp_update_scale.h>

namespace profile_train::workloads {

GradScaler::GradScaler(const ScalerConfig& config, torch::Device device) : config_(config) {
  const auto options = torch::TensorOptions().device(device);
  scale_ = torch::full({}, config.initial_scale, options.dtype(torch::kFloat32));
  growth_tracker_ = torch::zeros({}, options.dtype(torch::kInt32));
  found_infinite_ = torch::zeros({}, options.dtype(torch::kFloat32));
}

bool GradScaler::unscale(const std::vector<torch::Tensor>& parameters) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : parameters)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  found_infinite_.zero_();
  const torch::Tensor inverse = scale_.reciprocal();
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_infinite_, inverse);
  return found_infinite_.item<double>() == 0.0;
}

void GradScaler::update() {
  at::_amp_update_scale_(scale_, growth_tracker_, found_infinite_, config_.growth_factor, config_.backoff_factor,
                         config_.growth_interval);
}

}  // namespace profile_train::workloads
