#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {

void lamb_step(Program& program, const TrainingSetup&, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    if (parameter->optimizer_state.empty()) {
      keep_state(program, *parameter, made_like(program, "aten::zeros_like", parameter->value));  // exp_avg
      keep_state(program, *parameter, made_like(program, "aten::zeros_like", parameter->value));  // exp_avg_sq
    }
    number_in_place(program, "aten::mul_");  // exp_avg_sq · β2
    const Tensor direction = made_like(program, "aten::sqrt", parameter->value);
    number_in_place(program, "aten::div_");
    number_in_place(program, "aten::add_");
    number_in_place(program, "aten::div_");
    const auto norm = [&] {
      Tensor squares = made_as_updated(program, "aten::dot", {});
      program.call_cublas();
      return squares;
    };
    const Tensor ratio = norm();
    const Tensor reach = norm();
    Tensor none;
    {
      const Tensor product = made_as_updated(program, "aten::mul", {});
      OpScope op(program, "aten::eq");
      const NumberAsTensor zero(program);
      none = empty(program, {}, kBoolBytes);
    }
  }
}

}  // namespace profile_train::symbolic
