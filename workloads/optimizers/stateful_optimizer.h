#pragma once

#include <torch/torch.h>

#include <span>
#include <utility>
#include <vector>

#include "hooks/visible_state.h"
#include "workloads/config.h"

namespace profile_train::workloads {

/// What an optimizer of the project's own keeps for one parameter.
struct ParameterState final : torch::optim::OptimizerCloneableParamState<ParameterState>, VisibleState {
  std::int64_t step = 0;  ///< updates of this parameter so far, the one being made included
  std::vector<std::pair<const char*, torch::Tensor>> tensors;

  /// The tensor at that place; `make` gives it when the parameter is met for the first time.
  template <typename Make>
  torch::Tensor at(std::size_t index, const char* name, const Make& make) {
    if (index == tensors.size()) tensors.emplace_back(name, make());
    return tensors[index].second;
  }
  void for_each_tensor(const Visit& visit) const override {
    for (const auto& [name, tensor] : tensors) visit(name, tensor);
  }
};

/// Options of all parameters alike, in the form that LibTorch's learning-rate schedulers change.
struct SharedOptions final : torch::optim::OptimizerCloneableOptions<SharedOptions> {
  explicit SharedOptions(const OptimizerConfig& all) : config(all) {}
  double get_lr() const override { return config.learning_rate; }
  void set_lr(double rate) override { config.learning_rate = rate; }
  OptimizerConfig config;
};

/// Base of the optimizers that LibTorch does not have. Collects what is to be updated and counts the steps.
class StatefulOptimizer : public torch::optim::Optimizer {
 public:
  StatefulOptimizer(std::vector<torch::Tensor> parameters, const OptimizerConfig& config)
      : Optimizer(std::move(parameters), std::make_unique<SharedOptions>(config)) {}

  /// Updates every parameter that has a gradient.
  torch::Tensor step(LossClosure closure = nullptr) final;

 protected:
  struct Update {
    torch::Tensor parameter;
    torch::Tensor gradient;
    ParameterState* state;
  };
  /// The parameters of one group; runs without gradient mode.
  virtual void update(std::span<Update> updates, const OptimizerConfig& config) = 0;
};

}  // namespace profile_train::workloads
