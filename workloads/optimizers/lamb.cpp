#include <cmath>

#include "workloads/optimizers/optimizers.h"
#include "workloads/optimizers/stateful_optimizer.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-6;

/// LAMB (You et al., 2020): AdamW's direction, as long as the parameter is, times the learning rate.
///
/// Norms are products of a vector with itself: on CUDA a reduction of a large tensor would need scratch of a size that
/// depends on the card. They stay on the device, so that the step waits for nothing.
class Lamb final : public StatefulOptimizer {
 public:
  using StatefulOptimizer::StatefulOptimizer;

 private:
  static torch::Tensor norm(const torch::Tensor& tensor) {
    const auto numbers = tensor.view({-1});
    return torch::dot(numbers, numbers).sqrt_();
  }

  void update(std::span<Update> updates, const OptimizerConfig& config) override {
    for (Update& each : updates) update_one(each, config);
  }

  static void update_one(Update& each, const OptimizerConfig& config) {
    const auto [beta1, beta2] = config.betas;
    const auto step = static_cast<double>(each.state->step);
    const auto zeros = [&] { return torch::zeros_like(each.parameter); };
    const auto mean = each.state->at(0, "exp_avg", zeros);
    const auto square = each.state->at(1, "exp_avg_sq", zeros);
    mean.lerp_(each.gradient, 1.0 - beta1);
    square.mul_(beta2).addcmul_(each.gradient, each.gradient, 1.0 - beta2);

    auto direction = square.sqrt();
    direction.div_(std::sqrt(1.0 - std::pow(beta2, step))).add_(kEpsilon);
    torch::div_out(direction, mean, direction);
    direction.div_(1.0 - std::pow(beta1, step)).add_(each.parameter, config.weight_decay);

    // A parameter of zeros, as biases are born, has no length to go by: the direction is taken as it is.
    const auto ratio = norm(each.parameter), reach = norm(direction);
    const auto none = ratio.mul(reach).eq(0.0);
    ratio.div_(reach).masked_fill_(none, 1.0);
    each.parameter.sub_(direction.mul_(ratio), config.learning_rate);
  }
};

}  // namespace

OptimizerPtr make_lamb(const OptimizerConfig& config, Tensors parameters) {
  return std::make_unique<Lamb>(std::move(parameters), config);
}

}  // namespace profile_train::workloads
