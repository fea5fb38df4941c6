#include "profiler/budget/baseline.h"

#include <fmt/format.h>

#include "profiler/budget/check.h"
#include "profiler/budget/figure.h"

namespace profile_train {

Result<Amount> amount_of(const Baseline& baseline, const Subject& subject) {
  const Figure figure = baseline.analysis ? measure(*baseline.analysis, subject) : measure(baseline.summary, subject);
  if (!figure.amount)
    return failure(fmt::format("the baseline {} has no such figure: {}", baseline.file, figure.why_not));
  return *figure.amount;
}

std::optional<std::vector<LiveAllocation>> live_of(const Baseline& baseline, const Subject& subject) {
  if (baseline.analysis) return live_of(*baseline.analysis, subject, measure(*baseline.analysis, subject));
  switch (subject.measure) {
    case Measure::requested:
    case Measure::allocated:
    case Measure::reserved:
    case Measure::fragmentation: return baseline.summary.live_at_peak;
    default: return std::nullopt;  // of another instant than the peak
  }
}

}  // namespace profile_train
