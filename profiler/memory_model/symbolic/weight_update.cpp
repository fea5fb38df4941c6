#include "profiler/memory_model/symbolic/weight_update.h"

namespace profile_train::symbolic {

WeightUpdate::WeightUpdate(Program& program, const TrainingSetup& setup, const Parameters& parameters)
    : program_(program), setup_(setup) {
  for (const auto& parameter : parameters)
    if (parameter->value.grad_fn != nullptr) parameters_.push_back(parameter);
  const auto state = [&](const Tensor& tensor) { program_.set_role(tensor.storage, Role::optimizer_state); };
  if (setup.loss_scaled)
    for (const char* name : {"aten::full", "aten::zeros", "aten::zeros"}) {  // scale, growth tracker, found infinite
      OpScope op(program_, name);
      scaler_state_.push_back(empty(program_, {}));
      state(scaler_state_.back());
    }
  if (setup.precision != Precision::bf16_master) return;
  for (const auto& parameter : parameters_) {
    OpScope op(program_, "aten::to");
    masters_.push_back(make_parameter(program_, parameter->name, parameter->value.sizes));
    state(masters_.back()->value);
  }
}

Tensor WeightUpdate::scaled(const Tensor& loss) const {
  if (scaler_state_.empty()) return loss;
  OpScope op(program_, "aten::mul");
  Tensor result = empty_like(program_, loss);
  connect(program_, "MulBackward0", {&loss}, result,
          [&program = program_](std::vector<Tensor>& g) { return std::vector<Tensor>{empty_like(program, g[0])}; });
  return result;
}

void WeightUpdate::take_gradients() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    OpScope op(program_, "aten::to");
    masters_[i]->gradient = empty_like(program_, parameters_[i]->gradient, kFloatBytes);
    program_.set_role(masters_[i]->gradient.storage, Role::gradient);
    if (setup_.gradients_set_to_none) parameters_[i]->gradient = Tensor{};
  }
}

void WeightUpdate::apply(bool skipped) {
  if (!scaler_state_.empty()) {
    OpScope op(program_, "aten::reciprocal");
    const Tensor inverse = empty(program_, {});
  }
  if (!masters_.empty()) take_gradients();
  const Parameters& worked_on = masters_.empty() ? parameters_ : masters_;
  if (setup_.clip_norm > 0.0) clip_gradient_norm(program_, worked_on);
  if (!skipped) optimizer_step(program_, setup_, worked_on);
}

void WeightUpdate::zero_gradients() {
  for (const auto& master : masters_) master->gradient = Tensor{};
  symbolic::zero_gradients(setup_, parameters_);
}

}  // namespace profile_train::symbolic
