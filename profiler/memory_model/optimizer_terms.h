#pragma once

#include "profiler/memory_model/terms.h"

namespace profile_train {

/// Bytes that the optimizer keeps between steps, and the formula for them in the symbols of docs/memory_model.md. t is
/// the number of parameter tensors, r and c are the rows and columns of a matrix, n the numbers of a tensor. In the
/// bytes a number that the update works in; fp32 masters of the weights are not among them.
TermFormula optimizer_state(const TrainingSetup& setup);

/// The most that a step in the steady state needs beside it, without what a kernel wraps numbers in on the CPU.
TermFormula optimizer_temporaries(const TrainingSetup& setup);

/// Whether a step makes its temporaries only after all of the state exists. Otherwise step 1 is past the largest tensor
/// before most of the state is born.
bool needs_all_state_first(const TrainingSetup& setup);

}  // namespace profile_train
