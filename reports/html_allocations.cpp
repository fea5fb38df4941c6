#include "reports/html_allocations.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "profiler/changes.h"
#include "profiler/scope_path.h"
#include "reports/format.h"
#include "reports/packed_column.h"

namespace profile_train::reports {
namespace {

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

std::vector<std::size_t> on_main_device(const Analysis& analysis) {
  std::vector<std::size_t> positions;
  if (analysis.summary.devices.empty()) return positions;
  for (std::size_t i = 0; i < analysis.allocations.size(); ++i) {
    if (is_on(analysis.allocations[i], analysis.summary.devices.front())) positions.push_back(i);
  }
  return positions;
}

std::vector<std::size_t> those_that_matter(std::vector<std::size_t> order, const Analysis& analysis,
                                           std::size_t limit) {
  if (order.size() <= limit) return order;
  const std::vector<Allocation>& all = analysis.allocations;
  const EventIndex peak = analysis.summary.peak.event;
  const auto from_peak = [&](std::size_t i) { return all[i].born < peak ? peak - all[i].born : all[i].born - peak; };
  const auto matters_more = [&](std::size_t a, std::size_t b) {
    const bool a_at_peak = all[a].alive_at(peak);
    const bool b_at_peak = all[b].alive_at(peak);
    if (a_at_peak != b_at_peak) return a_at_peak;
    if (all[a].bytes != all[b].bytes) return all[a].bytes > all[b].bytes;
    if (from_peak(a) != from_peak(b)) return from_peak(a) < from_peak(b);
    return a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(limit), order.end(), matters_more);
  order.resize(limit);
  std::sort(order.begin(), order.end());
  return order;
}

/// What changes from one instant of the timeline to the next, in each of several groups.
class Changes {
 public:
  Changes(std::size_t groups, std::size_t points) : points_(points), groups_(groups) {}

  /// A change after the last instant is not seen.
  void add(std::size_t group, std::size_t point, std::int64_t change) {
    if (groups_[group].empty()) groups_[group].resize(points_ + 1);
    groups_[group][std::min(point, points_)] += change;
  }
  /// By number of the group; those without a byte are left out.
  Json packed_groups() const {
    Json object = Json::object();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (groups_[g].empty()) continue;
      Column seen = groups_[g];
      seen.pop_back();
      if (std::any_of(seen.begin(), seen.end(), [](Bytes b) { return b != 0; }))
        object[std::to_string(g)] = packed(seen);
    }
    return object;
  }

 private:
  std::size_t points_;
  std::vector<Column> groups_;
};

}  // namespace

HtmlAllocations::HtmlAllocations(const Analysis& analysis, const ModuleGroups& modules, std::size_t limit)
    : analysis_(analysis),
      modules_(modules),
      positions_(on_main_device(analysis)),
      listed_(those_that_matter(positions_, analysis, limit)) {}

Json HtmlAllocations::listed() const {
  const Trace& trace = analysis_.trace;
  StringTable strings;
  const auto type_text = [&](TensorTypeId id) {
    if (id >= trace.tensor_types.size()) return std::string();
    return format_tensor_type(trace.tensor_types[id].dtype, trace.tensor_types[id].sizes);
  };
  const ScopePaths paths(trace);
  Column born, lifetime, bytes, category, part, phase, module, op, name, type;
  for (const std::size_t position : listed_) {
    const Allocation& a = analysis_.allocations[position];
    born.push_back(a.born);
    lifetime.push_back(a.died == kNever ? -1 : static_cast<std::int64_t>(a.died) - a.born);
    bytes.push_back(a.bytes);
    category.push_back(static_cast<std::int64_t>(a.category));
    part.push_back(static_cast<std::int64_t>(modules_.of(a)));
    phase.push_back(static_cast<std::int64_t>(a.born_phase));
    module.push_back(strings.index_of(paths.module(a.scope)));
    op.push_back(strings.index_of(paths.op(a.scope)));
    name.push_back(strings.index_of(paths.name(a.name)));
    type.push_back(strings.index_of(type_text(a.tensor_type)));
  }
  return {{"born", packed(differences(std::move(born)))},
          {"lifetime", packed(lifetime)},
          {"bytes", packed(bytes)},
          {"category", packed(category)},
          {"part", packed(part)},
          {"phase", packed(phase)},
          {"module", packed(module)},
          {"op", packed(op)},
          {"name", packed(name)},
          {"type", packed(type)},
          {"strings", strings.texts()}};
}

Json HtmlAllocations::smaller(const std::vector<TimelinePoint>& points) const {
  const auto first_point_from = [&](EventIndex event) {
    const auto it = std::partition_point(points.begin(), points.end(), [&](const auto& p) { return p.event < event; });
    return static_cast<std::size_t>(it - points.begin());
  };
  Changes by_category(kCategories, points.size());
  Changes by_part(modules_.labels().size(), points.size());
  Changes by_phase(kPhases, points.size());
  Changes count(1, points.size());
  auto next_listed = listed_.begin();
  for (const std::size_t i : positions_) {
    if (next_listed != listed_.end() && *next_listed == i) {
      ++next_listed;
      continue;
    }
    const Allocation& a = analysis_.allocations[i];
    const std::size_t from = first_point_from(a.born);
    const std::size_t to = first_point_from(a.died);
    if (from == to) continue;  // between two instants
    for (const auto& [point, sign] : {std::pair(from, 1), std::pair(to, -1)}) {
      by_category.add(static_cast<std::size_t>(a.category), point, sign * a.bytes);
      by_part.add(modules_.of(a), point, sign * a.bytes);
      by_phase.add(static_cast<std::size_t>(a.born_phase), point, sign * a.bytes);
      count.add(0, point, sign);
    }
  }
  return {{"count", count.packed_groups()},
          {"category", by_category.packed_groups()},
          {"part", by_part.packed_groups()},
          {"phase", by_phase.packed_groups()}};
}

}  // namespace profile_train::reports
