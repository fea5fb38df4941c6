#pragma once

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

// What memory held at an instant, in JSON.

Json category_json(const BytesByCategory& bytes);
Json live_json(const LiveAllocation& live);

/// A request that failed, what was live then, and what would have made it fit.
Json out_of_memory_json(const OutOfMemory& failed);

}  // namespace profile_train::reports
