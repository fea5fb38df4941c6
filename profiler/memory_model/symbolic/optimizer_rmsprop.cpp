#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {

void rmsprop_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    if (parameter->optimizer_state.empty()) {
      const int kept = 1 + (setup.momentum > 0.0 ? 1 : 0) + (setup.centered ? 1 : 0);
      for (int i = 0; i < kept; ++i)
        keep_state(program, *parameter, made_like(program, "aten::zeros_like", parameter->value));
    }
    Tensor decayed;
    if (setup.weight_decay != 0.0) decayed = made_like(program, "aten::add", parameter->value);
    number_in_place(program, "aten::mul_");                      // square_avg · α
    if (setup.centered) number_in_place(program, "aten::mul_");  // grad_avg · α
    const Tensor root = made_like(program, setup.centered ? "aten::addcmul" : "aten::sqrt", parameter->value);
    number_in_place(program, "aten::add_");  // + ε
    if (setup.momentum > 0.0) number_in_place(program, "aten::mul_");
  }
}

}  // namespace profile_train::symbolic
