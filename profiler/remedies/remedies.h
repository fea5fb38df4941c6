#pragma once

#include "profiler/summary.h"
#include "profiler/trace.h"

namespace profile_train {

/// Finds what would have made each failed request of the summary fit: from the exact memory model where it knows the
/// training run, from the recorded requests in any case. Most freed bytes first.
void add_remedies(const Trace& trace, Summary& summary);

}  // namespace profile_train
