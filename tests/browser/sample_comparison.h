#pragma once

#include "profiler/summary.h"

namespace profile_train {

/// A comparison with the memory model written by hand: rows where the stated formula is right, off, silent, and speaks
/// of what was not seen; a residual of 0 and one that is not. Columns sum to their totals.
ModelComparison sample_comparison();

}  // namespace profile_train
