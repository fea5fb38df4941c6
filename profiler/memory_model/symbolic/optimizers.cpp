#include "profiler/memory_model/symbolic/optimizers.h"

#include "profiler/memory_model/symbolic/operators.h"

namespace profile_train::symbolic {
namespace {

void number_in_place(Program& program, const char* name) {
  OpScope op(program, name);
  const NumberAsTensor number(program);
}

/// State of the size of the parameter, born when the optimizer meets it for the first time.
void make_state(Program& program, const char* name, Parameter& parameter) {
  OpScope op(program, name);
  const Tensor state = empty_like(program, parameter.value);
  program.set_role(state.storage, Role::optimizer_state);
  parameter.optimizer_state.push_back(state.storage);
}

void adamw(Program& program, const TrainingSetup& setup, Parameter& parameter) {
  if (setup.weight_decay != 0.0) number_in_place(program, "aten::mul_");
  if (parameter.optimizer_state.empty()) {
    make_state(program, "aten::zeros_like", parameter);  // exp_avg
    make_state(program, "aten::zeros_like", parameter);  // exp_avg_sq
  }
  number_in_place(program, "aten::mul_");  // exp_avg · β1 + (1 − β1) · g
  number_in_place(program, "aten::mul_");  // exp_avg_sq · β2 + (1 − β2) · g²
  Tensor root;
  {
    OpScope op(program, "aten::sqrt");
    root = empty_like(program, parameter.value);
  }
  Tensor denominator;
  {
    OpScope op(program, "aten::div");
    const NumberAsTensor bias_correction(program);
    denominator = empty_like(program, root);
  }
  number_in_place(program, "aten::add_");  // + ε, in the same expression: the root is still there
}

void sgd(Program& program, const TrainingSetup& setup, Parameter& parameter) {
  Tensor decayed;
  if (setup.weight_decay != 0.0) {
    OpScope op(program, "aten::add");
    decayed = empty_like(program, parameter.value);
  }
  if (setup.momentum == 0.0) return;
  if (parameter.optimizer_state.empty())
    make_state(program, "aten::clone", parameter);
  else
    number_in_place(program, "aten::mul_");
}

}  // namespace

void optimizer_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    if (setup.optimizer == OptimizerKind::adamw)
      adamw(program, setup, *parameter);
    else
      sgd(program, setup, *parameter);
  }
}

void clip_gradient_norm(Program& program, const Parameters& parameters) {
  const auto number = [&](const char* name) {
    OpScope op(program, name);
    return empty(program, {});
  };
  Tensor total_norm;
  {
    std::vector<Tensor> norms;
    for (std::size_t i = 0; i < parameters.size(); ++i) norms.push_back(number("aten::norm"));
    OpScope op(program, "aten::stack");
    const Tensor stacked = empty(program, {static_cast<std::int64_t>(norms.size())});
    total_norm = number("aten::norm");
  }
  Tensor coefficient;  // max_norm / (total_norm + 1e-6)
  {
    Tensor shifted;
    {
      OpScope op(program, "aten::add");
      const NumberAsTensor epsilon(program);
      shifted = empty(program, {});
    }
    coefficient = number("aten::empty_like");
  }
  const Tensor clamped = number("aten::clamp");  // the gradients are scaled in place
}

void zero_gradients(const TrainingSetup& setup, const Parameters& parameters) {
  if (!setup.gradients_set_to_none) return;
  for (const auto& parameter : parameters) parameter->gradient = Tensor{};
}

}  // namespace profile_train::symbolic
