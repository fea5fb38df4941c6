#pragma once

#include <cstdint>

#include "profiler/memory_model/terms.h"

/// What attention keeps for backward, in closed form, where every head of queries has its own keys and values: for
/// rows/*_formulas.cpp. `layers`: how many of them keep it.
namespace profile_train {

/// Whether q, k and v are parts of one tensor, all of which is there as long as one of them is.
enum class Projections : std::uint8_t { joint, separate };

/// The projections themselves, where an operator keeps q, k and v as they lie; else the copies it made of them.
TermFormula query_key_value(const TrainingSetup& setup, Projections projections, std::int64_t layers);

/// Beside q, k and v, where one operator does it all.
TermFormula attention_kernel(const TrainingSetup& setup, std::int64_t layers);

/// q, k, v and the result with heads of a multiple of 8 numbers, where lengthens_heads().
TermFormula longer_heads(const TrainingSetup& setup, std::int64_t layers);
/// The mask of padded sequences as the numbers that a kernel adds to the scores; nothing without padding.
TermFormula added_mask(const TrainingSetup& setup, std::int64_t layers);
/// The mask itself: kept by the `layers` that fill scores with it, and by so many checkpoints, which need it again.
TermFormula padding_mask(const TrainingSetup& setup, std::int64_t layers, std::int64_t checkpoints);

/// Materialised attention's softmax, and what its dropout keeps of it.
TermFormula attention_scores(const TrainingSetup& setup, std::int64_t layers);
TermFormula attention_dropout(const TrainingSetup& setup, std::int64_t layers);

/// The result with its heads side by side, where that is a copy.
TermFormula heads_joined(const TrainingSetup& setup, std::int64_t layers);

}  // namespace profile_train
