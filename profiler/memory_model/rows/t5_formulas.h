#pragma once

#include <optional>

#include "profiler/memory_model/terms.h"

namespace profile_train {

/// What the blocks of T5 keep for backward, in closed form; nothing for rows that are the same in every family.
std::optional<TermFormula> t5_formula(Term term, const TrainingSetup& setup);

}  // namespace profile_train
