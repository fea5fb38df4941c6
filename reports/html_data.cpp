#include "reports/html_data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "profiler/changes.h"
#include "profiler/scope_path.h"
#include "reports/format.h"
#include "reports/setup_text.h"

namespace profile_train::reports {
namespace {

using Json = nlohmann::json;
using Column = std::vector<std::int64_t>;

/// [5, 7, 7, 4] → [5, 2, 0, −3]. The page sums it up again.
Column delta(Column values) {
  std::adjacent_difference(values.begin(), values.end(), values.begin());
  return values;
}

/// Strings sent once and referred to by position; "" is position 0.
class StringTable {
 public:
  std::int64_t index_of(const std::string& text) {
    const auto [it, fresh] = positions_.try_emplace(text, static_cast<std::int64_t>(texts_.size()));
    if (fresh) texts_.push_back(text);
    return it->second;
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string, std::int64_t> positions_{{"", 0}};
  std::vector<std::string> texts_{""};
};

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
    if (used) by_category[std::string(key_of(category_at(c)))] = delta(std::move(bytes[c]));
  }
  return {{"event", delta(std::move(events))}, {"time_ns", delta(std::move(times))}, {"bytes", std::move(by_category)}};
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

/// Positions of the allocations on the device that the report speaks of, in the order of birth.
std::vector<std::size_t> on_main_device(const Analysis& analysis) {
  std::vector<std::size_t> positions;
  if (analysis.summary.devices.empty()) return positions;
  for (std::size_t i = 0; i < analysis.allocations.size(); ++i) {
    if (is_on(analysis.allocations[i], analysis.summary.devices.front())) positions.push_back(i);
  }
  return positions;
}

/// Those to list one by one: alive at the peak first, then the largest. In the order of birth again.
std::vector<std::size_t> listed_of(std::vector<std::size_t> order, const Analysis& analysis, std::size_t limit) {
  const std::vector<Allocation>& all = analysis.allocations;
  if (order.size() > limit) {
    const EventIndex peak = analysis.summary.peak.event;
    const auto matters_more = [&](std::size_t a, std::size_t b) {
      const bool a_at_peak = all[a].alive_at(peak);
      const bool b_at_peak = all[b].alive_at(peak);
      if (a_at_peak != b_at_peak) return a_at_peak;
      if (all[a].bytes != all[b].bytes) return all[a].bytes > all[b].bytes;
      return a < b;
    };
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(limit), order.end(), matters_more);
    order.resize(limit);
    std::sort(order.begin(), order.end());
  }
  return order;
}

Json listed_columns(const Analysis& analysis, const std::vector<std::size_t>& listed) {
  const Trace& trace = analysis.trace;
  StringTable strings;
  const auto type_text = [&](TensorTypeId id) {
    if (id >= trace.tensor_types.size()) return std::string();
    return format_tensor_type(trace.tensor_types[id].dtype, trace.tensor_types[id].sizes);
  };
  const ScopePaths paths(trace);
  Column born, lifetime, bytes, category, module, op, name, type;
  for (const std::size_t position : listed) {
    const Allocation& a = analysis.allocations[position];
    born.push_back(a.born);
    lifetime.push_back(a.died == kNever ? -1 : static_cast<std::int64_t>(a.died) - a.born);
    bytes.push_back(a.bytes);
    category.push_back(static_cast<std::int64_t>(a.category));
    module.push_back(strings.index_of(paths.module(a.scope)));
    op.push_back(strings.index_of(paths.op(a.scope)));
    name.push_back(strings.index_of(paths.name(a.name)));
    type.push_back(strings.index_of(type_text(a.tensor_type)));
  }
  return {{"born", delta(std::move(born))},
          {"lifetime", lifetime},
          {"bytes", bytes},
          {"category", category},
          {"module", module},
          {"op", op},
          {"name", name},
          {"type", type},
          {"strings", strings.texts()}};
}

/// Bytes and number of the allocations that are not listed, at every instant of the timeline.
Json smaller_columns(const Analysis& analysis, const std::vector<std::size_t>& positions,
                     const std::vector<std::size_t>& listed, const std::vector<TimelinePoint>& points) {
  const auto first_point_from = [&](EventIndex event) {
    const auto it = std::partition_point(points.begin(), points.end(), [&](const auto& p) { return p.event < event; });
    return static_cast<std::size_t>(it - points.begin());
  };
  // One slot beyond the last point takes the deaths that come after it.
  std::vector<Column> bytes(kCategories, Column(points.size() + 1));
  Column count(points.size() + 1);
  auto next_listed = listed.begin();
  for (const std::size_t i : positions) {
    if (next_listed != listed.end() && *next_listed == i) {
      ++next_listed;
      continue;
    }
    const Allocation& a = analysis.allocations[i];
    Column& column = bytes[static_cast<std::size_t>(a.category)];
    const std::size_t from = first_point_from(a.born);
    const std::size_t to = first_point_from(a.died);
    column[from] += a.bytes;
    column[to] -= a.bytes;
    count[from] += 1;
    count[to] -= 1;
  }
  Json by_category = Json::object();
  for (std::size_t c = 0; c < kCategories; ++c) {
    bytes[c].pop_back();
    const bool used = std::any_of(bytes[c].begin(), bytes[c].end(), [](Bytes b) { return b != 0; });
    if (used) by_category[std::string(key_of(category_at(c)))] = bytes[c];
  }
  count.pop_back();
  return {{"count", count}, {"bytes", std::move(by_category)}};
}

}  // namespace

std::string chart_data(const Analysis& analysis, const HtmlLimits& limits) {
  const std::vector<TimelinePoint> points = timeline(analysis, limits.points);
  const std::vector<std::size_t> positions = on_main_device(analysis);
  const std::vector<std::size_t> listed = listed_of(positions, analysis, limits.allocations);
  Json categories = Json::array();
  for (std::size_t c = 0; c < kCategories; ++c)
    categories.push_back({key_of(category_at(c)), label_of(category_at(c))});

  Json data = {{"categories", std::move(categories)},
               {"events", analysis.trace.events.size()},
               {"changes", changes_of_memory(analysis)},
               {"allocations_in_trace", positions.size()},
               {"timeline", timeline_columns(points)},
               {"step_ns", step_times(analysis)},
               {"words", words_of(analysis.summary)},
               {"allocations", listed_columns(analysis, listed)},
               {"smaller", nullptr}};
  if (listed.size() < positions.size()) data["smaller"] = smaller_columns(analysis, positions, listed, points);
  // Names come from other people's programs: a byte that is not UTF-8 must not stop the report.
  return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace profile_train::reports
