#include "cli/baseline_source.h"

#include <fmt/format.h>

#include <fstream>

#include "profiler/budget/figure.h"
#include "profiler/import/recording.h"
#include "reports/report_reader.h"

namespace profile_train::cli {
namespace {

bool looks_like_json(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  char first = '\0';
  return static_cast<bool>(stream >> first) && first == '{';
}

}  // namespace

Result<Baseline> read_run(const std::filesystem::path& file) {
  Baseline baseline;
  baseline.file = file.string();
  if (looks_like_json(file)) {
    auto summary = reports::read_report(file);
    if (!summary) return tl::unexpected(summary.error());
    baseline.summary = std::move(*summary);
  } else {
    auto trace = read_recording(file.string());
    if (!trace) return tl::unexpected(trace.error());
    baseline.analysis = analyse(std::move(*trace));
    baseline.summary = baseline.analysis->summary;
  }
  return baseline;
}

Result<Baseline> read_baseline(const std::filesystem::path& file) {
  auto baseline = read_run(file);
  if (!baseline) return baseline;
  if (const auto reasons = why_not_sound(baseline->summary); !reasons.empty())
    return failure(fmt::format("{} is no baseline: {}; record the run again", file.string(), reasons.front()));
  return baseline;
}

}  // namespace profile_train::cli
