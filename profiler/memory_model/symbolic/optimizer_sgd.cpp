#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {

void sgd_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    Tensor decayed;
    if (setup.weight_decay != 0.0) decayed = made_like(program, "aten::add", parameter->value);
    if (setup.momentum == 0.0) continue;
    if (parameter->optimizer_state.empty())
      keep_state(program, *parameter, made_like(program, "aten::clone", parameter->value));
    else
      number_in_place(program, "aten::mul_");
  }
}

}  // namespace profile_train::symbolic
