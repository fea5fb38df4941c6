#pragma once

#include "profiler/analysis.h"
#include "profiler/diff/diff.h"
#include "reports/matrix/matrix.h"

namespace profile_train::reports::testing {

/// A run of 2,100 B at its peak, and the same with the logits held: 2,500 B.
const Analysis& plain_run();
const Analysis& run_with_held_logits();

/// The two beside each other.
Diff sample_diff();

/// Three rows: 2,100 B with a formula that fits, 2,500 B with one that predicts another phase, and one that was
/// refused. Names are hostile: quotes, tags, control characters.
Matrix sample_matrix();

}  // namespace profile_train::reports::testing
