#include "profiler/memory_model/symbolic/optimizers.h"

#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {
void optimizer_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  switch (setup.optimizer) {
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      switch (setup.optimizer_implementation) {
        case OptimizerImplementation::loop: return adam_step(program, setup, parameters);
        case OptimizerImplementation::foreach: return adam_foreach_step(program, setup, parameters);
        case OptimizerImplementation::fused: return adam_fused_step(program, setup, parameters);
      }
      return;
    case OptimizerKind::sgd: return sgd_step(program, setup, parameters);
    case OptimizerKind::rmsprop: return rmsprop_step(program, setup, parameters);
    case OptimizerKind::adafactor: return adafactor_step(program, setup, parameters);
    case OptimizerKind::lamb: return lamb_step(program, setup, parameters);
    case OptimizerKind::adamw_8bit: return adamw_8bit_step(program, setup, parameters);
  }
}

void clip_gradient_norm(Program& program, const Parameters& parameters) {
  const auto number = [&](const char* name) {
    OpScope op(program, name);
    return empty(program, {}, program.machine().update_element_bytes);
  };
  Tensor total_norm;
  {
    std::vector<Tensor> norms;
    for (std::size_t i = 0; i < parameters.size(); ++i) norms.push_back(number("aten::norm"));
    OpScope op(program, "aten::stack");
    const Tensor stacked =
        empty(program, {static_cast<std::int64_t>(norms.size())}, program.machine().update_element_bytes);
    total_norm = number("aten::norm");
  }
  Tensor coefficient;  // max_norm / (total_norm + 1e-6)
  {
    Tensor shifted;
    {
      OpScope op(program, "aten::add");
      const NumberAsTensor epsilon(program);
      shifted = empty(program, {}, program.machine().update_element_bytes);
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
