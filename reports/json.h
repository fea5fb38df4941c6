#pragma once

#include <string>

#include "profiler/memory_model/estimate.h"
#include "profiler/summary.h"

namespace profile_train::reports {

/// Version of the JSON reports; docs/json_schema/ has one schema for each. Grows when a name changes its meaning.
inline constexpr int kJsonSchema = 1;

/// The report for programs, UTF-8, ending in a newline. docs/json_schema/report.schema.json says what is in it.
/// What was not measured is null and has its reason beside it. Pure function of its argument.
std::string to_json(const Summary& summary);

/// The same for formulas without a run; docs/json_schema/estimate.schema.json.
std::string to_json(const Estimate& estimate);

}  // namespace profile_train::reports
