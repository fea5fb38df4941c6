#pragma once

#include <filesystem>

#include "profiler/budget/baseline.h"
#include "profiler/result.h"

namespace profile_train::cli {

/// Reads a run: from a trace, a snapshot.pickle of PyTorch or a report.json.
Result<Baseline> read_run(const std::filesystem::path& file);

/// The same of an earlier run that others are measured by. One that cannot be judged is none: an error.
Result<Baseline> read_baseline(const std::filesystem::path& file);

}  // namespace profile_train::cli
