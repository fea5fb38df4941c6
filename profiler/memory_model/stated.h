#pragma once

#include "profiler/memory_model/terms.h"
#include "profiler/training_setup.h"

namespace profile_train {

/// The source text's formula, put on the rows of the comparison:
///   M_peak = 16N + 8BD + L(14E + 4BSS) + 6BSV + 4BSV,   D = S, E = B·S·H
/// It knows one precision, one optimizer and one instant, the start of backward, whatever the setup says. The text
/// gives 14E as one sum; here each of the seven (B, S, H) tensors a block keeps in its picture has 2E.
TermBytes stated_terms(const TrainingSetup& setup);

/// Why the stated value of a row differs from what is true in fp32; empty if there is nothing to say.
std::string_view stated_error(Term term);

}  // namespace profile_train
