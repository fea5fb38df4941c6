#pragma once

#include <string>

#include "profiler/memory_model/estimate.h"
#include "reports/terminal.h"

namespace profile_train::reports {

/// What the formulas say about a run that nobody has run, for people, ending in a newline. Pure function.
std::string render_estimate(const Estimate& estimate, const TerminalOptions& options);

}  // namespace profile_train::reports
