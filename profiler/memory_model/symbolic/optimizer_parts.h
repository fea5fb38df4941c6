#pragma once

#include <utility>

#include "profiler/memory_model/symbolic/operators.h"
#include "profiler/training_setup.h"

/// What the steps of several optimizers have in common. For optimizer_*.cpp only.
namespace profile_train::symbolic {

using Parameters = std::vector<std::shared_ptr<Parameter>>;

/// An operator in place whose argument is a number: x.mul_(0.9).
inline void number_in_place(Program& program, const char* name) {
  OpScope op(program, name);
  const NumberAsTensor number(program);
}

/// A tensor that an operator returns.
inline Tensor made_by(Program& program, const char* name, Sizes sizes, std::int64_t element_bytes = kFloatBytes) {
  OpScope op(program, name);
  return empty(program, std::move(sizes), element_bytes);
}
inline Tensor made_like(Program& program, const char* name, const Tensor& like) {
  OpScope op(program, name);
  return empty_like(program, like);
}

/// The same in the type that the optimizer works in.
inline Tensor made_as_updated(Program& program, const char* name, Sizes sizes) {
  return made_by(program, name, std::move(sizes), program.machine().update_element_bytes);
}

/// State, born when the optimizer meets the parameter for the first time.
inline void keep_state(Program& program, Parameter& parameter, const Tensor& state) {
  program.set_role(state.storage, Role::optimizer_state);
  parameter.optimizer_state.push_back(state.storage);
}

// One function an optimizer, in the file of its name: its step on all parameters.
void adam_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);  // and AdamW
void adam_foreach_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void adam_fused_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void adamw_8bit_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void adafactor_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void lamb_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void rmsprop_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);
void sgd_step(Program& program, const TrainingSetup& setup, const Parameters& parameters);

}  // namespace profile_train::symbolic
