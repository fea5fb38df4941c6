#include "reports/html_data.h"

#include <algorithm>
#include <string>
#include <vector>

#include "profiler/changes.h"
#include "profiler/module_groups.h"
#include "reports/html_allocations.h"
#include "reports/json_writer.h"
#include "reports/packed_column.h"
#include "reports/setup_text.h"

namespace profile_train::reports {
namespace {

constexpr std::size_t kModuleGroups = 10;  // as many as there are colours for them

Json timeline_columns(const std::vector<TimelinePoint>& points) {
  Column events, times;
  std::vector<Column> bytes(kCategories);
  for (const TimelinePoint& point : points) {
    events.push_back(point.event);
    times.push_back(static_cast<std::int64_t>(point.time_ns));
    for (std::size_t c = 0; c < kCategories; ++c) bytes[c].push_back(point.by_category[c]);
  }
  Json by_category = Json::object();
  for (std::size_t c = 0; c < kCategories; ++c) {
    const bool used = std::any_of(bytes[c].begin(), bytes[c].end(), [](Bytes b) { return b != 0; });
    if (used) by_category[std::to_string(c)] = packed(differences(std::move(bytes[c])));
  }
  return {{"event", packed(differences(std::move(events)))},
          {"time_ns", packed(differences(std::move(times)))},
          {"bytes", std::move(by_category)}};
}

std::uint64_t time_at(const Trace& trace, EventIndex event) {
  return event < trace.events.size() ? trace.events[event].time_ns : 0;
}

/// Events that changed the memory of the device that the report speaks of.
std::int64_t changes_of_memory(const Analysis& analysis) {
  if (analysis.summary.devices.empty()) return 0;
  std::int64_t changes = 0;
  EventIndex last = kNever;
  for_each_change(analysis.allocations, analysis.deaths, analysis.summary.devices.front(),
                  [&](EventIndex event, const Allocation&, Bytes) {
                    changes += event != last ? 1 : 0;
                    last = event;
                  });
  return changes;
}

/// Begin and end of each step; the summary has their events only.
Json step_times(const Analysis& analysis) {
  Json times = Json::array();
  for (const StepSummary& step : analysis.summary.steps) {
    times.push_back({time_at(analysis.trace, step.first_event), time_at(analysis.trace, step.last_event)});
  }
  return times;
}

/// The setup in the words of the other reports.
Json words_of(const Summary& summary) {
  if (!summary.header.setup) return Json::object();
  const TrainingSetup& setup = *summary.header.setup;
  return {{"model", model_name(setup)}, {"optimizer", optimizer_name(setup)}, {"attention", attention_name(setup)}};
}

}  // namespace

std::string chart_data(const Analysis& analysis, const HtmlLimits& limits) {
  const std::vector<TimelinePoint> points = timeline(analysis, limits.points);
  const ModuleGroups modules(analysis, kModuleGroups);
  const HtmlAllocations allocations(analysis, modules, limits.allocations);
  Json categories = Json::array();
  for (std::size_t c = 0; c < kCategories; ++c)
    categories.push_back({key_of(category_at(c)), label_of(category_at(c))});
  Json phases = Json::array();
  for (int p = 0; p < kPhases; ++p) phases.push_back(phase_key(static_cast<Phase>(p)));

  const Json data = {{"categories", std::move(categories)},
                     {"parts", modules.labels()},
                     {"phases", std::move(phases)},
                     {"events", analysis.trace.events.size()},
                     {"changes", changes_of_memory(analysis)},
                     {"allocations_in_trace", allocations.number()},
                     {"timeline", timeline_columns(points)},
                     {"step_ns", step_times(analysis)},
                     {"words", words_of(analysis.summary)},
                     {"allocations", allocations.listed()},
                     {"smaller", allocations.lists_all() ? Json() : allocations.smaller(points)}};
  // Names come from other people's programs: a byte that is not UTF-8 must not stop the report.
  return data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace profile_train::reports
