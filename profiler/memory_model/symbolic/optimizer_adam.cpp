#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {
namespace {

bool decays_weights(const TrainingSetup& s) { return s.weight_decay != 0.0 && s.optimizer == OptimizerKind::adamw; }
bool decays_gradients(const TrainingSetup& s) { return s.weight_decay != 0.0 && s.optimizer == OptimizerKind::adam; }

void keep_moments(Program& program, Parameter& parameter) {
  if (!parameter.optimizer_state.empty()) return;
  keep_state(program, parameter, made_like(program, "aten::zeros_like", parameter.value));  // exp_avg
  keep_state(program, parameter, made_like(program, "aten::zeros_like", parameter.value));  // exp_avg_sq
}

/// A number for each of the tensors that _foreach_* works on, which are of that type.
void numbers_in_place(Program& program, const char* name, const Parameters& parameters, std::int64_t element_bytes) {
  OpScope op(program, name);
  for (std::size_t i = 0; i < parameters.size(); ++i) const NumberAsTensor number(program, element_bytes);
}

}  // namespace

void adam_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    if (decays_weights(setup)) number_in_place(program, "aten::mul_");
    keep_moments(program, *parameter);
    Tensor decayed;
    if (decays_gradients(setup)) decayed = made_like(program, "aten::add", parameter->value);
    number_in_place(program, "aten::mul_");  // exp_avg · β1 + (1 − β1) · g
    number_in_place(program, "aten::mul_");  // exp_avg_sq · β2 + (1 − β2) · g²
    const Tensor root = made_like(program, "aten::sqrt", parameter->value);
    Tensor denominator;
    {
      OpScope op(program, "aten::div");
      const NumberAsTensor bias_correction(program);
      denominator = empty_like(program, root);
    }
    number_in_place(program, "aten::add_");  // + ε, in the same expression: the root is still there
  }
}

void adam_foreach_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) keep_moments(program, *parameter);
  const std::int64_t element_bytes = program.machine().update_element_bytes;
  const auto all = [&](const char* name) {
    OpScope op(program, name);
    std::vector<Tensor> made;
    for (const auto& parameter : parameters) made.push_back(empty_like(program, parameter->value));
    return made;
  };
  if (decays_weights(setup)) numbers_in_place(program, "aten::_foreach_mul_", parameters, element_bytes);
  std::vector<Tensor> decayed;
  if (decays_gradients(setup)) decayed = all("aten::_foreach_add");
  numbers_in_place(program, "aten::_foreach_mul_", parameters, element_bytes);  // exp_avg_sq · β2
  const std::vector<Tensor> denominators = all("aten::_foreach_sqrt");
  numbers_in_place(program, "aten::_foreach_div_", parameters, element_bytes);
  numbers_in_place(program, "aten::_foreach_add_", parameters, element_bytes);
}

void adam_fused_step(Program& program, const TrainingSetup&, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    if (!parameter->optimizer_state.empty()) continue;
    keep_moments(program, *parameter);
    keep_state(program, *parameter, made_by(program, "aten::zeros", {}));  // step
  }
  numbers_in_place(program, "aten::_foreach_add_", parameters, kFloatBytes);  // step + 1, in fp32
}

}  // namespace profile_train::symbolic
