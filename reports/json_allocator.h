#pragma once

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

/// Writes `allocator` into the report of a device with a caching allocator: what its replay has shown.
void put_allocator(Json& report, const Summary& summary);

}  // namespace profile_train::reports
