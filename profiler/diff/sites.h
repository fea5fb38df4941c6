#pragma once

#include <vector>

#include "profiler/diff/diff.h"

namespace profile_train {

/// What was live at two peaks, matched: first by name, or by operator, module and shape in the order of birth; then
/// with another shape of as many dimensions; then with another operator, since those differ between devices and
/// versions. What is left is gone or new. Rows with the largest change come first.
std::vector<SiteDiff> match_sites(const std::vector<LiveAllocation>& before, const std::vector<LiveAllocation>& after);

}  // namespace profile_train
