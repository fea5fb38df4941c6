#pragma once

#include <filesystem>

#include "profiler/budget/baseline.h"
#include "profiler/result.h"

namespace profile_train::cli {

/// Reads an earlier run, from a trace or from a report.json. A run that cannot be judged is no baseline: an error.
Result<Baseline> read_baseline(const std::filesystem::path& file);

}  // namespace profile_train::cli
