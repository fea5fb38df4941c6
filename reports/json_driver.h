#pragma once

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

Json rung_json(const LadderRung& rung);

/// Writes `driver` into the report: what the process had from the driver by library, or null and why.
void put_driver(Json& report, const Summary& summary);

}  // namespace profile_train::reports
