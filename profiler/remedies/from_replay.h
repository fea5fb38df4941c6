#pragma once

#include <vector>

#include "profiler/allocator/settings.h"
#include "profiler/analysis.h"

namespace profile_train {

/// Which changes are tried on the recorded requests.
enum class ReplayedChanges : std::uint8_t {
  settings,  ///< those of the allocator alone, which leave the requests as they are
  all,       ///< also those of the program, by category: how sizes would change is then an assumption, and noted
};

/// What the recorded requests say of changes to a run that ran out of memory: changed, through the model of the caching
/// allocator, would the first request that failed have been served? Empty if the
/// trace cannot be replayed, or if the replay serves the request without any change: then it is no witness.
std::vector<Remedy> remedies_from_replay(const Analysis& analysis, const OutOfMemory& first_failed,
                                         const allocator::Settings& settings, ReplayedChanges changes);

}  // namespace profile_train
