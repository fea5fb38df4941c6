#include <cmath>

#include "workloads/optimizers/optimizers.h"
#include "workloads/optimizers/stateful_optimizer.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-8;

/// Adam and AdamW with each operation done on all tensors before the next: few kernels on CUDA, and temporaries of the
/// size of all parameters.
class AdamForeach final : public StatefulOptimizer {
 public:
  using StatefulOptimizer::StatefulOptimizer;

 private:
  void update(std::span<Update> updates, const OptimizerConfig& config) override {
    const auto [beta1, beta2] = config.betas;
    Tensors parameters, gradients, means, squares;
    std::vector<at::Scalar> corrections, rates;
    for (const Update& each : updates) {
      const auto zeros = [&] { return torch::zeros_like(each.parameter); };
      parameters.push_back(each.parameter);
      gradients.push_back(each.gradient);
      means.push_back(each.state->at(0, "exp_avg", zeros));
      squares.push_back(each.state->at(1, "exp_avg_sq", zeros));
      const auto step = static_cast<double>(each.state->step);
      corrections.emplace_back(std::sqrt(1.0 - std::pow(beta2, step)));
      rates.emplace_back(-config.learning_rate / (1.0 - std::pow(beta1, step)));
    }
    if (config.weight_decay != 0.0) {
      if (config.kind == OptimizerKind::adamw)
        at::_foreach_mul_(parameters, 1.0 - config.learning_rate * config.weight_decay);
      else
        gradients = at::_foreach_add(gradients, parameters, config.weight_decay);
    }
    at::_foreach_lerp_(means, gradients, 1.0 - beta1);
    at::_foreach_mul_(squares, beta2);
    at::_foreach_addcmul_(squares, gradients, gradients, 1.0 - beta2);
    const Tensors denominators = at::_foreach_sqrt(squares);
    at::_foreach_div_(denominators, corrections);
    at::_foreach_add_(denominators, kEpsilon);
    at::_foreach_addcdiv_(parameters, means, denominators, rates);
  }
};

}  // namespace

OptimizerPtr make_adam_foreach(const OptimizerConfig& config, Tensors parameters) {
  return std::make_unique<AdamForeach>(std::move(parameters), config);
}

}  // namespace profile_train::workloads
