#include "profiler/recomputation.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "profiler/changes.h"

namespace profile_train {
namespace {

double seconds_of(const PhaseSummary& phase) { return static_cast<double>(phase.end_ns - phase.start_ns) * 1e-9; }

/// Most bytes alive at once.
Bytes highest_sum(std::vector<std::pair<EventIndex, Bytes>> changes) {
  std::sort(changes.begin(), changes.end());
  Bytes now = 0, highest = 0;
  for (const auto& [event, change] : changes) highest = std::max(highest, now += change);
  return highest;
}

std::vector<AttributionRow> largest_first(const std::map<NameId, AttributionRow>& by_name) {
  std::vector<AttributionRow> rows;
  for (const auto& [name, row] : by_name) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(), [](const AttributionRow& a, const AttributionRow& b) {
    return a.allocated_bytes > b.allocated_bytes;
  });
  return rows;
}

}  // namespace

std::optional<Recomputation> recomputation_in(const StepSummary& step, const std::vector<PhaseSummary>& phases,
                                              const std::vector<Allocation>& allocations, const DeviceTotals& device,
                                              const ScopePaths& paths) {
  Recomputation result;
  result.step = step.step;
  for (const PhaseSummary& phase : phases) {
    if (phase.step != step.step) continue;
    if (phase.phase == Phase::forward) result.forward_seconds += seconds_of(phase);
    if (phase.phase != Phase::recompute) continue;
    ++result.stretches;
    result.seconds += seconds_of(phase);
  }
  if (result.stretches == 0) return std::nullopt;

  std::vector<std::pair<EventIndex, Bytes>> activations;
  std::map<NameId, AttributionRow> modules;
  ScopeId running = 0;
  for (const Allocation& a : allocations) {  // in the order of birth
    if (a.born > step.last_event) break;
    if (a.born < step.first_event || a.born_phase != Phase::recompute || !is_on(a, device)) continue;
    result.allocated_bytes += a.bytes;
    if (a.scope != running) ++result.operators;
    running = a.scope;
    if (a.category == Category::activations || a.category == Category::weight_copies) {
      activations.emplace_back(a.born, a.bytes);
      if (a.died != kNever) activations.emplace_back(a.died, -a.bytes);
    }
    AttributionRow& row = modules[paths[a.scope].module];
    row.name = paths.module(a.scope);
    row.allocated_bytes += a.bytes;
    ++row.allocations;
    if (a.alive_at(step.peak.event)) row.at_peak_bytes += a.bytes;
  }
  result.most_alive_bytes = highest_sum(std::move(activations));
  result.modules = largest_first(modules);
  return result;
}

std::vector<std::string> attention_operators(const Trace& trace) {
  constexpr std::string_view kPrefix = "aten::_scaled_dot_product_";
  std::vector<std::string> found;
  for (const Scope& scope : trace.scopes) {
    if (scope.kind != ScopeKind::op || scope.name >= trace.names.size()) continue;
    const std::string& name = trace.names[scope.name];
    if (!name.starts_with(kPrefix) || name.ends_with("_backward")) continue;
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  return found;
}

}  // namespace profile_train
