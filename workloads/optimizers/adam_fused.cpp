#include "workloads/optimizers/optimizers.h"
#include "workloads/optimizers/stateful_optimizer.h"

namespace profile_train::workloads {
namespace {

constexpr double kEpsilon = 1e-8;

/// Adam and AdamW as one operator on all tensors, which keeps what it computes in registers. It counts its steps in
/// tensors of one number.
class AdamFused final : public StatefulOptimizer {
 public:
  using StatefulOptimizer::StatefulOptimizer;

 private:
  void update(std::span<Update> updates, const OptimizerConfig& config) override {
    Tensors parameters, gradients, means, squares, steps;
    for (const Update& each : updates) {
      const auto zeros = [&] { return torch::zeros_like(each.parameter); };
      parameters.push_back(each.parameter);
      gradients.push_back(each.gradient);
      means.push_back(each.state->at(0, "exp_avg", zeros));
      squares.push_back(each.state->at(1, "exp_avg_sq", zeros));
      steps.push_back(
          each.state->at(2, "step", [&] { return torch::zeros({}, each.parameter.options().dtype(torch::kFloat32)); }));
    }
    at::_foreach_add_(steps, 1);
    const auto kernel = config.kind == OptimizerKind::adamw ? static_cast<Kernel*>(at::_fused_adamw_)
                                                            : static_cast<Kernel*>(at::_fused_adam_);
    constexpr bool kAmsgrad = false, kMaximize = false;
    kernel(parameters, gradients, means, squares, {}, steps, config.learning_rate, config.betas[0], config.betas[1],
           config.weight_decay, kEpsilon, kAmsgrad, kMaximize, {}, {});
  }

  using Kernel = void(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                      double, double, double, double, double, bool, bool, const std::optional<at::Tensor>&,
                      const std::optional<at::Tensor>&);
};

}  // namespace

OptimizerPtr make_adam_fused(const OptimizerConfig& config, Tensors parameters) {
  return std::make_unique<AdamFused>(std::move(parameters), config);
}

}  // namespace profile_train::workloads
