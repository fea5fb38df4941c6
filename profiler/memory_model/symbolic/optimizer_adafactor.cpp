#include "profiler/memory_model/symbolic/optimizer_parts.h"

namespace profile_train::symbolic {
namespace {

Tensor dot(Program& program) {
  Tensor result = made_as_updated(program, "aten::dot", {});
  program.call_cublas();
  return result;
}

Tensor root_mean_square(Program& program) {
  Tensor result = dot(program);
  number_in_place(program, "aten::div_");
  return result;
}

/// Means of the rows or of the columns, `results` of `summands` each.
void means(Program& program, std::int64_t results, std::int64_t summands) {
  const Tensor shares = made_as_updated(program, "aten::full", {summands});
  const Tensor result = made_as_updated(program, "aten::mv", {results});
  program.call_cublas();
}

}  // namespace

void adafactor_step(Program& program, const TrainingSetup& setup, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    const Tensor scale = root_mean_square(program);
    number_in_place(program, "aten::mul_");  // · learning rate
    if (setup.weight_decay != 0.0) number_in_place(program, "aten::mul_");
    const Tensor update = made_like(program, "aten::mul", parameter->value);  // squares; then everything in place
    if (update.dim() == 2) {
      const std::int64_t rows = update.size(0), columns = update.size(1);
      if (parameter->optimizer_state.empty()) {
        keep_state(program, *parameter, made_as_updated(program, "aten::zeros", {rows}));
        keep_state(program, *parameter, made_as_updated(program, "aten::zeros", {columns}));
      }
      means(program, rows, columns);
      means(program, columns, rows);
      const Tensor shares = made_as_updated(program, "aten::full", {rows});
      const Tensor mean = dot(program);
    } else if (parameter->optimizer_state.empty()) {
      keep_state(program, *parameter, made_like(program, "aten::zeros_like", update));
    }
    const Tensor length = root_mean_square(program);
    number_in_place(program, "aten::div_");
  }
}

}  // namespace profile_train::symbolic
