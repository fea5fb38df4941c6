#pragma once

#include "profiler/analysis.h"

namespace profile_train {

/// Finds what would have made each failed request of the summary fit: from the exact memory model where it knows the
/// training run, from the recorded requests in any case. Most freed bytes first. Everything else of the analysis must
/// be there.
void add_remedies(Analysis& analysis);

}  // namespace profile_train
