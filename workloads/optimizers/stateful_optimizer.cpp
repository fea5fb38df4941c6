#include "workloads/optimizers/stateful_optimizer.h"

#include <memory>

namespace profile_train::workloads {

torch::Tensor StatefulOptimizer::step(LossClosure closure) {
  torch::Tensor loss;
  if (closure) {
    const torch::AutoGradMode with_gradients(true);
    loss = closure();
  }
  const torch::NoGradGuard no_gradients;
  for (auto& group : param_groups()) {
    std::vector<Update> updates;
    for (const torch::Tensor& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto& state = state_[parameter.unsafeGetTensorImpl()];
      if (state == nullptr) state = std::make_unique<ParameterState>();
      auto& own = static_cast<ParameterState&>(*state);
      own.step += 1;
      updates.push_back({parameter, parameter.grad(), &own});
    }
    if (!updates.empty()) update(updates, static_cast<const SharedOptions&>(group.options()).config);
  }
  return loss;
}

}  // namespace profile_train::workloads
