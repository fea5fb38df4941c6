#pragma once

#include <string>
#include <vector>

#include "profiler/summary.h"

namespace profile_train {

/// What a reader must know before trusting the figures: one sentence each, the gravest first. Empty for a clean trace.
std::vector<std::string> warnings_about(const Summary& summary);

}  // namespace profile_train
