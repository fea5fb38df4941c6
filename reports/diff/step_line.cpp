#include <algorithm>

#include "reports/diff/diff.h"

namespace profile_train::reports {
namespace {

/// The first step lies between 1 and 2, what comes before it between 0 and 1: so runs of other lengths lie step on
/// step.
double position(const std::vector<StepSummary>& steps, EventIndex last, EventIndex event) {
  const auto part = [](EventIndex from, EventIndex to, EventIndex at) {
    return to > from ? std::clamp(static_cast<double>(at - from) / static_cast<double>(to - from), 0.0, 1.0) : 0.0;
  };
  if (steps.empty()) return part(0, last, event);
  if (event < steps.front().first_event) return part(0, steps.front().first_event, event);
  const auto next = std::upper_bound(steps.begin(), steps.end(), event,
                                     [](EventIndex e, const StepSummary& step) { return e < step.first_event; });
  const StepSummary& step = *(next - 1);
  const auto number = static_cast<double>(next - steps.begin());
  const EventIndex end = next == steps.end() ? step.last_event : next->first_event;
  return number + part(step.first_event, end, event);
}

}  // namespace

StepLine step_line(const Analysis& analysis) {
  constexpr std::size_t kMostPoints = 3'000;  // more than a screen has columns
  const Summary& summary = analysis.summary;
  const auto last = static_cast<EventIndex>(analysis.trace.events.empty() ? 0 : analysis.trace.events.size() - 1);
  StepLine line;
  for (const TimelinePoint& point : timeline(analysis, kMostPoints)) {
    Bytes total = 0;
    for (const Bytes bytes : point.by_category) total += bytes;
    line.points.push_back({position(summary.steps, last, point.event), total});
  }
  line.peak = {position(summary.steps, last, summary.peak.event), summary.peak.requested_bytes};
  return line;
}

}  // namespace profile_train::reports
