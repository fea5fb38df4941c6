#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/analysis.h"
#include "profiler/budget/budget.h"
#include "profiler/result.h"

namespace profile_train {

/// An earlier run that limits refer to.
struct Baseline {
  std::string file;                  ///< for people
  Summary summary;                   ///< of a report: as much as the report says
  std::optional<Analysis> analysis;  ///< of a trace: what modules held, and what was live at any instant
};

/// What the baseline has of a subject, or why it cannot tell.
Result<Amount> amount_of(const Baseline& baseline, const Subject& subject);

/// What the baseline held where its subject was highest; none if a report does not tell.
std::optional<std::vector<LiveAllocation>> live_of(const Baseline& baseline, const Subject& subject);

}  // namespace profile_train
