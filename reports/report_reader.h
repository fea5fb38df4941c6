#pragma once

#include <filesystem>

#include "profiler/result.h"
#include "profiler/summary.h"

namespace profile_train::reports {

/// A report.json as the summary it was made from, as far as comparisons of runs need it: the run, the peak, what each
/// category held at most, phases, steps, growth, residuals of the model, ladder, losses, what was live at the peak.
///
/// The file may come from anywhere: what is missing or of another type is an error that names the key.
Result<Summary> read_report(const std::filesystem::path& file);

}  // namespace profile_train::reports
