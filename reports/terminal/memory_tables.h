#pragma once

#include <string>
#include <vector>

#include "profiler/summary.h"
#include "reports/table.h"

namespace profile_train::reports {

/// When and where an instant was, as short facts: `Instant` is a PeakInstant or an OutOfMemory.
template <typename Instant>
std::vector<std::string> facts_of(const Instant& instant);

/// Bytes of each category with their share and a bar, and their sum below a line.
Table category_table(const BytesByCategory& by_category);

/// The first `shown` of what was live at an instant, two lines each, and one row for the rest.
Table live_table(const std::vector<LiveAllocation>& all, std::size_t shown);

}  // namespace profile_train::reports
