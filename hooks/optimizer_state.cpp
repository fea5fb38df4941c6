#include "hooks/optimizer_state.h"

#include <torch/optim.h>

#include "hooks/visible_state.h"

namespace profile_train::hooks {

namespace {

using Visit = std::function<void(const void*, std::string_view, const at::Tensor&)>;

// One function a kind of state; each is a line in kKinds below.
bool visit_adam_w(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const torch::optim::AdamWParamState*>(&any);
  if (state == nullptr) return false;
  visit(parameter, "exp_avg", state->exp_avg());
  visit(parameter, "exp_avg_sq", state->exp_avg_sq());
  visit(parameter, "max_exp_avg_sq", state->max_exp_avg_sq());
  return true;
}

bool visit_adam(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const torch::optim::AdamParamState*>(&any);
  if (state == nullptr) return false;
  visit(parameter, "exp_avg", state->exp_avg());
  visit(parameter, "exp_avg_sq", state->exp_avg_sq());
  visit(parameter, "max_exp_avg_sq", state->max_exp_avg_sq());
  return true;
}

bool visit_sgd(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const torch::optim::SGDParamState*>(&any);
  if (state == nullptr) return false;
  visit(parameter, "momentum_buffer", state->momentum_buffer());
  return true;
}

bool visit_rms_prop(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const torch::optim::RMSpropParamState*>(&any);
  if (state == nullptr) return false;
  visit(parameter, "square_avg", state->square_avg());
  visit(parameter, "momentum_buffer", state->momentum_buffer());
  visit(parameter, "grad_avg", state->grad_avg());
  return true;
}

bool visit_adagrad(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const torch::optim::AdagradParamState*>(&any);
  if (state == nullptr) return false;
  visit(parameter, "sum", state->sum());
  return true;
}

bool visit_own(const void* parameter, const torch::optim::OptimizerParamState& any, const Visit& visit) {
  const auto* state = dynamic_cast<const VisibleState*>(&any);
  if (state == nullptr) return false;
  state->for_each_tensor([&](std::string_view name, const at::Tensor& tensor) { visit(parameter, name, tensor); });
  return true;
}

constexpr std::array kKinds = {visit_adam_w, visit_adam, visit_sgd, visit_rms_prop, visit_adagrad, visit_own};

}  // namespace

void for_each_state_tensor(const torch::optim::Optimizer& optimizer, const Visit& visit) {
  // In the order of parameters: that of the table of states depends on addresses, and with it the trace would.
  const auto& states = optimizer.state();
  for (const auto& group : optimizer.param_groups()) {
    for (const at::Tensor& parameter : group.params()) {
      const auto found = states.find(parameter.unsafeGetTensorImpl());
      if (found == states.end() || found->second == nullptr) continue;
      for (const auto visit_kind : kKinds) {
        if (visit_kind(found->first, *found->second, visit)) break;
      }
    }
  }
}

}  // namespace profile_train::hooks
